"""Days, seconds and microseconds in UTC, and the conversions between them: nothing else computes them.

Three units of time occur, and a name or a type says which one a value has:

- a **day** is a `datetime.date`. An argument `through` is the last day that counts, whole;
- **seconds** since 1970 are `EpochSeconds`. An argument `before` is the first second that no longer counts;
- **microseconds** since 1970 are `EpochMicros`, the unit of every `ts` column.

So `through=day` and `before=end_of(day)` mean the same events.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final, NewType

EpochSeconds = NewType("EpochSeconds", int)
"""Seconds since 1970-01-01T00:00:00Z."""
EpochMicros = NewType("EpochMicros", int)
"""Microseconds since 1970-01-01T00:00:00Z."""

SECONDS_PER_DAY: Final = 86_400
MICROS_PER_SECOND: Final = 1_000_000
MICROS_PER_DAY: Final = SECONDS_PER_DAY * MICROS_PER_SECOND

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MAX_SECONDS: Final = EpochSeconds(7_258_118_400)
"""2200-01-01T00:00:00Z: a later time is taken for a mistake."""
_YEAR_1980: Final = 315_532_800
_UNITS: Final = {"seconds": 1, "milliseconds": 1e3, "microseconds": 1e6, "nanoseconds": 1e9}


def start_of(day: date) -> EpochSeconds:
    """Return the first second of a day.

    >>> start_of(date(1970, 1, 2))
    86400
    """
    return EpochSeconds(days_since_epoch(day) * SECONDS_PER_DAY)


def end_of(day: date) -> EpochSeconds:
    """Return the first second after a day: everything that happened on the day is before it.

    >>> end_of(date(1970, 1, 1)) == start_of(date(1970, 1, 2))
    True
    """
    return EpochSeconds(start_of(day) + SECONDS_PER_DAY)


def day_of(seconds: EpochSeconds) -> date:
    """Return the day in which a second lies.

    >>> day_of(EpochSeconds(86_399))
    datetime.date(1970, 1, 1)
    """
    return day_after_epoch(seconds // SECONDS_PER_DAY)


def last_day_before(before: EpochSeconds) -> date:
    """Return the last day of which at least one second is earlier than `before`.

    >>> last_day_before(end_of(date(2026, 3, 1)))
    datetime.date(2026, 3, 1)
    """
    return day_of(EpochSeconds(before - 1))


def days_since_epoch(day: date) -> int:
    """Return the number of days from 1970-01-01 to a day.

    >>> days_since_epoch(date(1970, 1, 2))
    1
    """
    return day.toordinal() - _EPOCH.toordinal()


def day_after_epoch(days: int) -> date:
    """Return the day that is `days` days after 1970-01-01.

    >>> day_after_epoch(1)
    datetime.date(1970, 1, 2)
    """
    return date.fromordinal(_EPOCH.toordinal() + days)


def to_micros(seconds: EpochSeconds) -> EpochMicros:
    """Return the same moment in microseconds.

    >>> to_micros(EpochSeconds(2))
    2000000
    """
    return EpochMicros(seconds * MICROS_PER_SECOND)


def to_datetime(seconds: EpochSeconds) -> datetime:
    """Return the same moment as a datetime in UTC.

    >>> str(to_datetime(start_of(date(2026, 3, 1))))
    '2026-03-01 00:00:00+00:00'
    """
    return datetime.fromtimestamp(seconds, UTC)


def micros_to_datetime(micros: EpochMicros) -> datetime:
    """Return the same moment as a datetime in UTC, exact to the microsecond.

    >>> str(micros_to_datetime(EpochMicros(1)))
    '1970-01-01 00:00:00.000001+00:00'
    """
    return _EPOCH + timedelta(microseconds=micros)


def seconds_of(moment: datetime) -> EpochSeconds:
    """Return the second in which a moment lies.

    >>> seconds_of(datetime(1970, 1, 1, 0, 0, 1, 999_999, tzinfo=UTC))
    1
    """
    return EpochSeconds((moment - _EPOCH) // timedelta(seconds=1))


def micros_of(moment: datetime) -> EpochMicros:
    """Return the microseconds from 1970 to a moment.

    >>> micros_of(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC))
    1000005
    """
    return EpochMicros((moment - _EPOCH) // timedelta(microseconds=1))


def likely_unit(number: float) -> str | None:
    """Return the unit in which a number since 1970 is a time between 1980 and 2200; None if there is none.

    >>> likely_unit(1_772_409_600), likely_unit(1_772_409_600_000), likely_unit(20_514)
    ('seconds', 'milliseconds', None)
    """
    for unit, per_second in _UNITS.items():
        if _YEAR_1980 <= number / per_second < MAX_SECONDS:
            return unit
    return None
