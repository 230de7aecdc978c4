"""The day of a run: a UTC day that has ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from airloom.errors import AirloomError

Clock = Callable[[], datetime]
"""Returns the present moment; a test gives its own."""


def utc_now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def parse_day(day: str) -> date:
    """Return the date of an ISO text.

    >>> parse_day("2026-03-01")
    datetime.date(2026, 3, 1)

    Raises:
        AirloomError: The text is not a date. An empty text is an error too: a step that took the day from the
            clock could work on another day than the steps before it.
    """
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise AirloomError(f"The day {day!r} is not a date", do="Write it as YYYY-MM-DD") from error


def last_complete_day(clock: Clock = utc_now) -> date:
    """Return yesterday in UTC: the last day whose logs can be complete."""
    return clock().date() - timedelta(days=1)


def complete_day(day: str, clock: Clock = utc_now) -> date:
    """Return the date of an ISO text, if that UTC day has ended.

    Raises:
        AirloomError: The text is not a date, or the day has not ended: what is published for it would hide
            what is still to come.
    """
    parsed, last = parse_day(day), last_complete_day(clock)
    if parsed > last:
        raise AirloomError(
            f"The day {parsed} has not ended: it is {clock():%Y-%m-%d %H:%M} UTC",
            do=f"Give a day up to {last}, and correct the clock of this machine if it is wrong",
        )
    return parsed
