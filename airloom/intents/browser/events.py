"""How often each object was watched, liked, clicked or ordered."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from airloom.bounded_database import bounded_database
from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake


def events_of(lake: Lake, object_ids: pa.ChunkedArray, *, day: date) -> pa.ChunkedArray:
    """Return the number of events of any kind on each object up to the end of `day`, int64 [objects]."""
    with bounded_database() as database:
        database.register("events", lake.dataset(EVENTS, through=day))
        counts = database.sql(
            "SELECT object_id, count(*) AS events FROM events GROUP BY ALL"
        ).to_arrow_table()
    rows = pc.index_in(object_ids, value_set=counts["object_id"].combine_chunks())
    return pc.fill_null(counts["events"].take(rows), 0)
