"""The day of a run: the last complete UTC day, or the day given."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from airloom.errors import AirloomError


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


def last_complete_day() -> date:
    """Return yesterday in UTC: the last day whose logs can be complete."""
    return datetime.now(UTC).date() - timedelta(days=1)
