from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.logs.contract import USERS
from airloom.logs.days import batch_days, by_day, for_each_day
from airloom.logs.lake import Lake

FIRST = date(2026, 3, 1)


def users(count: int) -> pa.Table:
    return pa.table({"user_id": [f"u{number}" for number in range(count)]})


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=6), st.integers(1, 8))
def test_batches_keep_the_days_in_order_and_are_as_large_as_they_may_be(
    tmp_path_factory: pytest.TempPathFactory, counts: list[int], max_rows: int
) -> None:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    rows_of_day = {FIRST + timedelta(days=number): count for number, count in enumerate(counts)}
    for day, count in rows_of_day.items():
        lake.write(USERS, day, users(count))
    batches = list(batch_days(lake, USERS, rows_of_day, max_rows=max_rows))
    assert [day for batch in batches for day in batch] == list(rows_of_day)
    sizes = [sum(rows_of_day[day] for day in batch) for batch in batches]
    assert all(size <= max_rows or len(batch) == 1 for size, batch in zip(sizes, batches, strict=True))
    for size, following in zip(sizes, batches[1:], strict=False):
        assert size + rows_of_day[following[0]] > max_rows


def test_rows_are_split_by_day_and_a_day_without_rows_has_none() -> None:
    days = [FIRST, FIRST + timedelta(days=1), FIRST + timedelta(days=2)]
    parts = by_day(pa.table({"dt": [days[0], days[0], days[2]], "row": [0, 1, 2]}), days)
    assert [parts[day]["row"].to_pylist() for day in days] == [[0, 1], [], [2]]


def test_the_first_error_of_a_day_is_raised() -> None:
    def write(day: date) -> None:
        raise OSError(str(day))

    with pytest.raises(OSError, match="2026-03-01"):
        for_each_day(write, [FIRST])
