"""The atoms known at the end of a day, and which are open: queries that hold none of them in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa

from airloom.bounded_database import bounded_database
from airloom.intents.atoms import ANY_PROFILE, ATOM_SCHEMA
from airloom.llm.keys import Shard
from airloom.llm.known_questions import KnownQuestions
from airloom.logs.contract import CONTENT, EVENTS, LIKE, OBJECTS, VIEW
from airloom.logs.lake import Lake
from airloom.timestamps import end_of, to_datetime

_ATOMS: Final = """
CREATE TEMP VIEW questions AS
WITH latest AS (
    SELECT object_id, unnest(arg_max(struct_pack(domain, title, description, published_at, retired_at), dt))
    FROM objects GROUP BY object_id
), readable AS (
    SELECT * FROM latest WHERE domain = getvariable('content') AND trim(title) <> ''
), seen AS (
    SELECT DISTINCT action, object_id FROM events
    WHERE domain = getvariable('content') AND action IN (getvariable('viewed'), getvariable('liked'))
    UNION
    SELECT getvariable('viewed'), object_id FROM readable
    WHERE (published_at IS NULL OR published_at < getvariable('day_end'))
    AND (retired_at IS NULL OR retired_at >= getvariable('day_end'))
)
SELECT substr(sha256(concat_ws(chr(0), action, object_id, getvariable('anybody'))), 1, 16) AS atom_id,
    action, object_id, getvariable('anybody') AS profile_bucket, title, description
FROM seen JOIN readable USING (object_id)
"""


@contextmanager
def known_atoms(lake: Lake, *, day: date, exclude: Sequence[Path] = ()) -> Iterator[KnownQuestions]:
    """Open the atoms known at the end of `day`.

    These are the pairs (view or like, content item) that occur in the events so far, and a view of every
    item that is published and not retired, so that a new item has its intents before anybody sees it. Items
    without a title say nothing and have no atom.

    Args:
        lake: Where the logs are.
        day: The last complete day.
        exclude: Parquet files of the intent store; atoms whose `atom_id` is in them are not open.
    """
    values = {
        "content": CONTENT,
        "viewed": VIEW,
        "liked": LIKE,
        "anybody": ANY_PROFILE,
        "day_end": to_datetime(end_of(day)),
    }
    with bounded_database() as database:
        database.register("objects", lake.dataset(OBJECTS, through=day, with_day=True))
        database.register("events", lake.dataset(EVENTS, through=day))
        for name, value in values.items():
            database.execute(f"SET VARIABLE {name} = $value", {"value": value})
        database.execute(_ATOMS)
        yield KnownQuestions(database, schema=ATOM_SCHEMA, exclude=exclude)


def atoms_of(lake: Lake, *, day: date) -> pa.Table:
    """Return every atom known at the end of `day` with its texts (`ATOM_SCHEMA`), sorted by atom_id."""
    with known_atoms(lake, day=day) as known:
        return pa.concat_tables([ATOM_SCHEMA.empty_table(), *known.open_chunks(Shard())])
