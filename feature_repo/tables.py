"""The columns of all features, written here only: the lake tables that Feast's views read and are made from.

A table lies at `features/<view>/dt=YYYY-MM-DD/part-0.parquet`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from airloom.logs.contract import TIMESTAMP, Table
from airloom.logs.histories import HISTORY_COLUMNS

EVENT_TIMESTAMP: Final = "event_timestamp"
"""The moment from which a row holds; microseconds, because Feast's duckdb store fails on nanoseconds."""
FOLDER: Final = "features/"


def view_name(table: Table) -> str:
    """Return the name of the feature view, and of its source, that read `table`.

    >>> view_name(USER_HISTORY)
    'user_history'
    """
    return table.name.removeprefix(FOLDER)


def _table(view: str, key: str, columns: Mapping[str, pa.DataType]) -> Table:
    fields = [(key, pa.string()), *columns.items(), (EVENT_TIMESTAMP, TIMESTAMP)]
    schema = pa.schema([pa.field(name, dtype, nullable=False) for name, dtype in fields])
    return Table(FOLDER + view, schema, sort_by=(key,))


USER_HISTORY: Final = _table("user_history", "user_id", HISTORY_COLUMNS)
"""The last events of a user through the day `dt`; a row holds from the end of that day."""

INFERRED_BEHAVIORS: Final = _table(
    "inferred_behaviors",
    "user_id",
    {
        "object_ids": pa.list_(pa.string()),
        "weights": pa.list_(pa.float32()),
        "source": pa.string(),
        "version": pa.string(),
        "history_digest": pa.string(),
    },
)
"""Behaviors beyond the log, inferred by the run of the day `dt`; a row holds from the end of that day.

Lists are parallel, the largest weight first, and empty where no rule kept anything. `version` names the
generator and the rules, `history_digest` the history that they read: if one of them changes, a new row comes.
"""

USER_TABLES: Final = (USER_HISTORY, INFERRED_BEHAVIORS)
"""Tables with rows of users: they are read online and erased with their user."""

OBJECT_PROFILE: Final = _table(
    "object_profile",
    "object_id",
    {
        "domain": pa.string(),
        "title": pa.string(),
        "category_path": pa.list_(pa.string()),
        "price": pa.float64(),
        "stock": pa.int64(),
        "published_at": pa.int64(),
        "retired_at": pa.int64(),
        "embedding": pa.list_(pa.float32()),
    },
)
"""What was delivered about an object on the day `dt`; a row holds from the start of that day.

Times are in seconds since 1970, -1 where unknown, as is the stock; the price may be null.
"""

OBJECT_INTENTS: Final = _table(
    "object_intents",
    "object_id",
    {
        "nodes": pa.list_(pa.int64()),
        "lengths": pa.list_(pa.int64()),
        "confidences": pa.list_(pa.float32()),
    },
)
"""The intent paths of an object delivered on the day `dt`; a row holds from the start of that day.

`nodes` has the nodes of all paths back to back, `lengths` the number of nodes of each path.
"""
