from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from airloom.logs.moments import microseconds, midnight, moment


@given(st.integers(0, 4 * 10**15))
def test_moments_and_microseconds_are_each_others_inverse(count: int) -> None:
    assert microseconds(moment(count)) == count


def test_days_begin_at_midnight_utc() -> None:
    assert moment(midnight(date(2026, 3, 2))) == datetime(2026, 3, 2, tzinfo=UTC)
