from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from airloom.timestamps import (
    EpochMicros,
    EpochSeconds,
    day_after_epoch,
    day_of,
    days_since_epoch,
    end_of,
    last_day_before,
    micros_of,
    micros_to_datetime,
    seconds_of,
    start_of,
    to_datetime,
    to_micros,
)

SECONDS = st.integers(-(10**9), 4 * 10**9).map(EpochSeconds)


@given(st.integers(-(10**15), 4 * 10**15).map(EpochMicros))
def test_datetimes_and_microseconds_are_each_others_inverse(micros: EpochMicros) -> None:
    assert micros_of(micros_to_datetime(micros)) == micros


@given(SECONDS)
def test_datetimes_and_seconds_are_each_others_inverse(seconds: EpochSeconds) -> None:
    assert seconds_of(to_datetime(seconds)) == seconds
    assert micros_of(to_datetime(seconds)) == to_micros(seconds)


@given(st.dates(date(1970, 1, 1), date(2200, 1, 1)))
def test_days_and_their_numbers_are_each_others_inverse(day: date) -> None:
    assert day_after_epoch(days_since_epoch(day)) == day


def test_days_begin_at_midnight_utc() -> None:
    assert to_datetime(start_of(date(2026, 3, 2))) == datetime(2026, 3, 2, tzinfo=UTC)


@given(SECONDS)
def test_a_second_lies_between_the_bounds_of_its_day(seconds: EpochSeconds) -> None:
    day = day_of(seconds)
    assert start_of(day) <= seconds < end_of(day)
    assert end_of(day) == start_of(day + timedelta(days=1))


@given(SECONDS)
def test_no_second_of_a_later_day_is_before(seconds: EpochSeconds) -> None:
    last = last_day_before(seconds)
    assert start_of(last) < seconds <= end_of(last)


@given(SECONDS, st.integers(0, 999_999))
def test_a_part_of_a_second_belongs_to_it(seconds: EpochSeconds, micros: int) -> None:
    assert seconds_of(to_datetime(seconds) + timedelta(microseconds=micros)) == seconds
