"""Landed rows: what a platform delivered, with only columns and types checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from airloom.errors import AirloomError
from airloom.logs.contract import Table
from airloom.logs.lake import Lake

DAY: Final = "dt"
FILE: Final = "file"
ROW: Final = "row"


def with_origin(table: Table) -> pa.Schema:
    """Return the columns of `table` and the origin of a row: its day, its landed file, its index there."""
    origin = [pa.field(DAY, pa.date32()), pa.field(FILE, pa.string()), pa.field(ROW, pa.int64())]
    return pa.schema([*table.stored_schema, *origin])


def require_landed(lake: Lake, table: Table, day: date) -> None:
    """Check that a day of `table` was delivered.

    Raises:
        AirloomError: It was not; the message lists the days that were.
    """
    landing = lake.landing(table)
    if lake.files(landing, day):
        return
    days = lake.days(landing)
    available = f"it holds {len(days)} days, {days[0]} to {days[-1]}" if days else "it holds no day at all"
    raise AirloomError(
        f"{table.name} of {day} have not been delivered: {lake.uri(landing.name, f'dt={day}')} has no "
        f"Parquet file ({available})",
        do=f"Deliver {table.name} of {day} there, or run a day that is there",
    )


def read_landed(lake: Lake, table: Table, days: Sequence[date]) -> pa.Table:
    """Return all rows delivered for `days`, by day, file name and row, with the schema `with_origin`.

    Raises:
        AirloomError: A file is not readable Parquet, or a column is missing or of the wrong type.
    """
    return pa.Table.from_batches(
        [batch for day in days for rows in _files(lake, table, day) for batch in rows.to_batches()],
        schema=with_origin(table),
    )


def _files(lake: Lake, table: Table, day: date) -> Iterator[pa.Table]:
    for file in lake.files(lake.landing(table), day):
        rows = lake.read_file(file, table)
        columns = [
            *rows.columns,
            pa.repeat(pa.scalar(day, pa.date32()), rows.num_rows),
            pa.repeat(file.rpartition("/")[2], rows.num_rows),
            pa.array(np.arange(rows.num_rows)),
        ]
        yield pa.table(columns, schema=with_origin(table))
