"""Which day a run is about: the last complete UTC day, or the one that is named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from airloom.errors import AirloomError


def parse_day(day: str) -> date:
    """The date that an ISO text names.

    Raises:
        AirloomError: The text is not a date. Empty is none either: a step that asked the clock instead could
            work on another day than the steps before it.
    """
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise AirloomError(f"The day {day!r} is not a date", do="Write it as YYYY-MM-DD") from error


def last_complete_day() -> date:
    """Yesterday in UTC: the last day whose logs can be complete."""
    return datetime.now(UTC).date() - timedelta(days=1)
