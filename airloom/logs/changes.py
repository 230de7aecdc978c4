"""Tables of changes (objects, users): what was known about every id at the end of a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import numpy as np
import pyarrow as pa

from airloom.logs.contract import Table
from airloom.logs.lake import DAY, Lake


def latest_rows(lake: Lake, table: Table, *, as_of: date) -> pa.Table:
    """The latest row of every id up to and including the day `as_of`, sorted by id.

    Args:
        lake: Where the clean rows lie.
        table: A table of changes, whose rows are known by the one column they are sorted by.
        as_of: The last day that may be read.

    Returns:
        A table with the columns of `table` and `dt`, the day on which the row was delivered.
    """
    return _one_per_id(lake, table, as_of=as_of, which="max", columns=table.schema.names)


def first_rows(lake: Lake, table: Table, *, as_of: date, columns: Sequence[str]) -> pa.Table:
    """The first row of every id up to and including the day `as_of`: some columns, and `dt`, sorted by id."""
    return _one_per_id(lake, table, as_of=as_of, which="min", columns=columns)


def _one_per_id(
    lake: Lake, table: Table, *, as_of: date, which: Literal["min", "max"], columns: Sequence[str]
) -> pa.Table:
    (key,) = table.sort_by
    days = [day for day in lake.days(table) if day <= as_of]
    parts = [
        rows.append_column(DAY, pa.repeat(pa.scalar(day, DAY.type), rows.num_rows))
        for day in days
        for file in lake.files(table, day)
        for rows in [lake.read_file(file, table, columns=columns)]
    ]
    if not parts:
        return table.only(columns).stored_schema.append(DAY).empty_table()
    changes = pa.concat_tables(parts)
    places = pa.table({key: changes[key], "row": np.arange(changes.num_rows)})
    chosen = places.group_by(key).aggregate([("row", which)])[f"row_{which}"]
    return changes.take(chosen).sort_by(key)
