"""The lake tables that feature views read: `features/<view>/dt=YYYY-MM-DD/part-0.parquet`."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from airloom.logs.contract import TIMESTAMP, Table

EVENT_TIMESTAMP: Final = "event_timestamp"
"""From when on a row holds; microseconds, because Feast's duckdb store fails on nanoseconds."""


FOLDER: Final = "features/"


def view_name(table: Table) -> str:
    """The feature view, and its source, that read `table`."""
    return table.name.removeprefix(FOLDER)


def _table(view: str, key: str, **columns: pa.DataType) -> Table:
    fields = [(key, pa.string()), *columns.items(), (EVENT_TIMESTAMP, TIMESTAMP)]
    schema = pa.schema([pa.field(name, kind, nullable=False) for name, kind in fields])
    return Table(FOLDER + view, schema, sort_by=(key,))


USER_HISTORY: Final = _table(
    "user_history",
    "user_id",
    object_ids=pa.list_(pa.string()),
    actions=pa.list_(pa.string()),
    timestamps=pa.list_(pa.int64()),
)
"""The last events up to the end of `dt`, oldest first, times in seconds; holds from the midnight after."""

OBJECT_PROFILE: Final = _table(
    "object_profile",
    "object_id",
    domain=pa.string(),
    title=pa.string(),
    category_path=pa.list_(pa.string()),
    price=pa.float64(),
    published_at=pa.int64(),
    retired_at=pa.int64(),
    embedding=pa.list_(pa.float32()),
)
"""What was delivered on `dt`, holds from its first moment; seconds or -1 where unknown; price may be null."""

OBJECT_INTENTS: Final = _table(
    "object_intents",
    "object_id",
    nodes=pa.list_(pa.int64()),
    lengths=pa.list_(pa.int64()),
    confidences=pa.list_(pa.float32()),
)
"""The intent paths of what was delivered on `dt`: nodes of all paths back to back, `lengths` nodes a path."""
