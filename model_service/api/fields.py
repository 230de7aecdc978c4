"""Types and limits of fields that several requests have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import AwareDatetime, BeforeValidator, Field

from airloom.logs.limits import MAX_ID_LENGTH

Id = Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)]

MAX_CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far a client's clock may be ahead of the service's."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _require_text(at: object) -> object:
    """Refuse numbers: they would be read as seconds since 1970, which the schema does not say.

    Raises:
        ValueError: `at` is a number, or a text that is one.
    """
    text = at if isinstance(at, str) else ""
    if isinstance(at, int | float) or text.strip().lstrip("+-").replace(".", "").isdigit():
        raise ValueError("should be written like 2026-03-01T12:00:00Z")
    return at


Timestamp = Annotated[AwareDatetime, BeforeValidator(_require_text)]
"""A time with its UTC offset, as text."""


def clamp_to_now(at: datetime) -> datetime:
    """Return the time in UTC; a time ahead of now, within `MAX_CLOCK_SKEW`, becomes now.

    Nothing that happened lies in the future: a row that is later than its arrival would also outlive an
    erasure request of its user, which covers everything up to the request.

    Raises:
        ValueError: The time is before 1970, or further ahead.
    """
    now = datetime.now(UTC)
    if at > now + MAX_CLOCK_SKEW:
        raise ValueError("lies in the future")
    if at < _EPOCH:
        raise ValueError("lies before 1970")
    return min(at.astimezone(UTC), now)
