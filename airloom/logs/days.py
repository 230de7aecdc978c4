"""Rows of many days: parted by day, and written side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

WRITERS: Final = 8
"""Days written at a time: most of the wait is for the disk to confirm."""


def by_day(rows: pa.Table, days: Sequence[date]) -> dict[date, pa.Table]:
    """Part rows that are in the order of their day `dt`; each of `days` has its rows, or none."""
    counts = {count["values"]: count["counts"] for count in pc.value_counts(rows["dt"]).to_pylist()}
    rows = rows.combine_chunks()
    parts, start = {}, 0
    for day in sorted(days):
        parts[day] = rows.slice(start, counts.get(day, 0))
        start += counts.get(day, 0)
    return parts


def for_each_day(write: Callable[[date], None], days: Iterable[date]) -> None:
    """Call `write` for every day, some at a time; the first error stops what has not begun."""
    with ThreadPoolExecutor(WRITERS) as pool:
        try:
            list(pool.map(write, days))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
