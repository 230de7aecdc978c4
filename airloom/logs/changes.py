"""Tables of changes (objects, users): what was known about every id at the end of a day."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from airloom.logs.contract import Table
from airloom.logs.lake import Lake

DAY = pa.field("dt", pa.date32())


def latest_rows(lake: Lake, table: Table, *, as_of: date) -> pa.Table:
    """The latest row of every id up to and including the day `as_of`, sorted by id.

    Args:
        lake: Where the clean rows lie.
        table: A table of changes, whose rows are known by the one column they are sorted by.
        as_of: The last day that may be read.

    Returns:
        A table with the columns of `table` and `dt`, the day on which the row was delivered.
    """
    (key,) = table.sort_by
    days = [day for day in lake.days(table) if day <= as_of]
    parts = [
        rows.append_column(DAY, pa.repeat(pa.scalar(day, DAY.type), rows.num_rows))
        for day in days
        for rows in lake.chunks(table, since=day, until=day)
    ]
    if not parts:
        return table.stored_schema.append(DAY).empty_table()
    changes = pa.concat_tables(parts).append_column("row", pa.array(np.arange(sum(map(len, parts)))))
    latest = changes.select([key, "row"]).group_by(key).aggregate([("row", "max")])
    return changes.take(latest["row_max"]).drop_columns("row").sort_by(key)
