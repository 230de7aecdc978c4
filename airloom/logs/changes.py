"""Change tables (objects, users): the row of every id that holds at the end of a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airloom.logs.contract import Table
from airloom.logs.lake import DAY_FIELD, Lake

_PERIODS: Final = """
    WITH with_former AS (
        SELECT {key}, {column}, dt, lag({column}) OVER (PARTITION BY {key} ORDER BY dt) AS former FROM changes
    )
    SELECT {key}, {column}, dt AS since, lead(dt) OVER (PARTITION BY {key} ORDER BY dt) AS until
    FROM with_former WHERE former IS DISTINCT FROM {column} ORDER BY {key}, dt
"""


def latest_rows(lake: Lake, table: Table, *, through: date, where: pc.Expression | None = None) -> pa.Table:
    """Return the latest row of every id up to the end of `through`, sorted by id.

    Args:
        lake: Holds the clean rows.
        table: A change table; the one column that it is sorted by is the id.
        through: The last day that may be read.
        where: Selects among the latest rows.

    Returns:
        A table with the columns of `table` and `dt`, the day on which the row was delivered.
    """
    rows = _one_per_id(lake, table, through=through, which="max", columns=table.schema.names)
    return rows if where is None else rows.filter(where)


def periods(lake: Lake, table: Table, *, through: date, column: str) -> pa.Table:
    """Return which value of a column every id had when, up to the end of `through`.

    Returns:
        The id, `column`, the first day of the value (`since`) and the day of the next value (`until`, null
        if it still holds), sorted by id and day.
    """
    (key,) = table.sort_by
    with duckdb.connect() as connection:
        connection.register("changes", lake.dataset(table, through=through, with_day=True))
        return connection.sql(_PERIODS.format(key=key, column=column)).to_arrow_table()


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
) -> pa.Table:
    (key,) = table.sort_by
    days = [day for day in lake.days(table) if day <= through]
    parts = [
        rows.append_column(DAY_FIELD, pa.repeat(pa.scalar(day, DAY_FIELD.type), rows.num_rows))
        for day in days
        for file in lake.files(table, day)
        for rows in [lake.read_file(file, table, columns=columns)]
    ]
    if not parts:
        return table.only(columns).stored_schema.append(DAY_FIELD).empty_table()
    changes = pa.concat_tables(parts)
    indices = pa.table({key: changes[key], "row": np.arange(changes.num_rows)})
    chosen = indices.group_by(key).aggregate([("row", which)])[f"row_{which}"]
    return changes.take(chosen).sort_by(key)
