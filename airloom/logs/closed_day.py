"""Which day a run is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from airloom.errors import AirloomError


def closed_day(day: str) -> date:
    """The given ISO date, or without one the last day that has ended (UTC): what a scheduled run is about.

    Raises:
        AirloomError: The text is not a date.
    """
    if not day:
        return datetime.now(UTC).date() - timedelta(days=1)
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise AirloomError(f"The day {day!r} is not a date", do="Write it as YYYY-MM-DD") from error
