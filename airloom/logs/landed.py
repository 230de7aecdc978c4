"""Landed rows: what a platform delivered, with only columns and types checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from airloom.errors import AirloomError
from airloom.logs.contract import Table
from airloom.logs.delivered_files import refuse_unread
from airloom.logs.lake import LANDING, Lake
from airloom.logs.text_faults import NOT_UTF8, with_escaped_text

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


def require_all_read(lake: Lake) -> None:
    """Check that the landing folder holds nothing that would be overlooked.

    Raises:
        AirloomError: It does; the message names the files.
    """
    folder = lake.location(LANDING)
    files = [file.removeprefix(f"{folder}/") for file in lake.files_below(LANDING)]
    refuse_unread(files, landing=lake.uri(LANDING))


def read_landed(lake: Lake, table: Table, days: Sequence[date]) -> pa.Table:
    """Return all rows delivered for `days`, by day, file and row.

    Files are in the order of their names, in which numbers count as numbers: `h-9.parquet` before
    `h-10.parquet`.

    Returns:
        The schema `with_origin` and `NOT_UTF8`.

    Raises:
        AirloomError: A file is not readable Parquet, or a column is missing or of the wrong type.
    """
    schema = with_origin(table).append(pa.field(NOT_UTF8, pa.string()))
    return pa.Table.from_batches(
        [batch for day in days for rows in _files(lake, table, day, schema) for batch in rows.to_batches()],
        schema=schema,
    )


def _files(lake: Lake, table: Table, day: date, schema: pa.Schema) -> Iterator[pa.Table]:
    landing = lake.landing(table)
    for file in sorted(lake.files(landing, day), key=_by_numbers):
        rows = with_escaped_text(lake.read_file(file, table))
        columns = [
            *rows.select(table.schema.names).columns,
            pa.repeat(pa.scalar(day, pa.date32()), rows.num_rows),
            pa.repeat(lake.name_in_day(file, landing, day), rows.num_rows),
            pa.array(np.arange(rows.num_rows)),
            rows[NOT_UTF8],
        ]
        yield pa.table(columns, schema=schema)


def _by_numbers(file: str) -> list[tuple[int, str]]:
    """Return a sort key that compares the numbers in a name as numbers."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", file)]
