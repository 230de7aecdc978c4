"""Change tables (objects, users): the row of every id that holds at the end of a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airloom.logs.contract import Table
from airloom.logs.lake import DAY_FIELD, Lake


def latest_rows(lake: Lake, table: Table, *, through: date, where: pc.Expression | None = None) -> pa.Table:
    """Return the latest row of every id up to the end of `through`, sorted by id.

    Args:
        lake: Holds the clean rows.
        table: A change table; the one column that it is sorted by is the id.
        through: The last day that may be read.
        where: Selects rows; must be the same for all rows of an id.

    Returns:
        A table with the columns of `table` and `dt`, the day on which the row was delivered.
    """
    return _one_per_id(lake, table, through=through, which="max", columns=table.schema.names, where=where)


def first_rows(lake: Lake, table: Table, *, through: date, columns: Sequence[str]) -> pa.Table:
    """Return some columns and `dt` of the first row of every id up to the end of `through`, sorted by id."""
    return _one_per_id(lake, table, through=through, which="min", columns=columns)


def _one_per_id(
    lake: Lake,
    table: Table,
    *,
    through: date,
    which: Literal["min", "max"],
    columns: Sequence[str],
    where: pc.Expression | None = None,
) -> pa.Table:
    (key,) = table.sort_by
    days = [day for day in lake.days(table) if day <= through]
    parts = [
        rows.append_column(DAY_FIELD, pa.repeat(pa.scalar(day, DAY_FIELD.type), rows.num_rows))
        for day in days
        for file in lake.files(table, day)
        for rows in [_read(lake, file, table, columns=columns, where=where)]
    ]
    if not parts:
        return table.only(columns).stored_schema.append(DAY_FIELD).empty_table()
    changes = pa.concat_tables(parts)
    indices = pa.table({key: changes[key], "row": np.arange(changes.num_rows)})
    chosen = indices.group_by(key).aggregate([("row", which)])[f"row_{which}"]
    return changes.take(chosen).sort_by(key)


def _read(
    lake: Lake, file: str, table: Table, *, columns: Sequence[str], where: pc.Expression | None
) -> pa.Table:
    rows = lake.read_file(file, table, columns=columns)
    return rows if where is None else rows.filter(where)
