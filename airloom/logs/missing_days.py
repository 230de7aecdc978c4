"""Days in the middle of the log without delivered events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake

MAX_NAMED: Final = 5


def missing_days(lake: Lake, *, through: date) -> list[date]:
    """Return the days after the first delivered one, up to `through`, whose events are not there."""
    landing = lake.landing(EVENTS)
    delivered = {day for day in lake.days(landing) if day <= through and lake.files(landing, day)}
    first = min(delivered, default=through)
    days = (first + timedelta(days=number) for number in range((through - first).days + 1))
    return [day for day in days if day not in delivered]


def missing_days_text(missing: Sequence[date | str]) -> str:
    """Return the same for a person to read; the latest days are named.

    >>> missing_days_text(["2026-03-01"])
    'The landing zone has no events of 2026-03-01. If there were any, deliver them and run again.'
    """
    named = ", ".join(map(str, missing[-MAX_NAMED:]))
    more = f"{len(missing):,} days, the latest of which are " if len(missing) > MAX_NAMED else ""
    do = "If there were any, deliver them and run again."
    return f"The landing zone has no events of {more}{named}. {do}"
