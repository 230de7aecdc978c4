"""Many days of a table: batched by their rows, split by day, and written side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from airloom.logs.contract import Table
from airloom.logs.lake import Lake

MAX_WRITERS: Final = 8
"""Days written at the same time: most of the time goes to waiting for the disk."""


def batch_days(lake: Lake, table: Table, days: Iterable[date], *, max_rows: int) -> Iterator[list[date]]:
    """Yield `days` in batches that have at most `max_rows` rows of `table` together.

    Days of the table that are not in `days` may lie between those of a batch.

    A day is never divided: one with more rows is a batch of its own. Row counts come from the files' footers.

    Args:
        lake: Holds the table.
        table: The table whose rows are counted.
        days: The days to batch, in the order in which they are needed.
        max_rows: How many rows may be in memory together.

    Raises:
        AirloomError: A file is not readable Parquet.
    """
    batch: list[date] = []
    batch_rows = 0
    for day in days:
        rows = sum(lake.rows_in(file) for file in lake.files(table, day))
        if batch and batch_rows + rows > max_rows:
            yield batch
            batch, batch_rows = [], 0
        batch.append(day)
        batch_rows += rows
    if batch:
        yield batch


def by_day(rows: pa.Table, days: Sequence[date]) -> dict[date, pa.Table]:
    """Return the rows of each of `days`, which may be none; `rows` must be in the order of their day `dt`."""
    counts = {count["values"]: count["counts"] for count in pc.value_counts(rows["dt"]).to_pylist()}
    rows = rows.combine_chunks()
    parts, start = {}, 0
    for day in sorted(days):
        parts[day] = rows.slice(start, counts.get(day, 0))
        start += counts.get(day, 0)
    return parts


def for_each_day(write: Callable[[date], None], days: Iterable[date]) -> None:
    """Call `write` for every day in a few threads; after the first error no further day is begun."""
    with ThreadPoolExecutor(MAX_WRITERS) as pool:
        try:
            list(pool.map(write, days))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
