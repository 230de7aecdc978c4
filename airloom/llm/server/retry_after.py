"""The header Retry-After in all the forms that servers give it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

MAX_PAUSE_S: Final = 600.0
"""A server that asks for a longer pause is asked again after this."""
_SECONDS: Final = re.compile(r"-?\d{1,300}(\.\d*)?")


def pause_of(header: str, *, now: datetime) -> float | None:
    """Return the seconds that a server wants to be left alone; None if the header is neither of its forms.

    Args:
        header: Seconds, or a date as in e-mail (one without a zone is in UTC); RFC 9110, 10.2.3.
        now: The present, with a zone.

    Examples:
        >>> pause_of("1.5", now=datetime(2026, 1, 1, tzinfo=UTC))
        1.5
        >>> pause_of("Thu, 01 Jan 2026 00:00:20", now=datetime(2026, 1, 1, tzinfo=UTC))
        20.0
    """
    text = header.strip()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    else:
        try:
            until = parsedate_to_datetime(text)
            seconds = ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds()
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return min(max(seconds, 0.0), MAX_PAUSE_S)
