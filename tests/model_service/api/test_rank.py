from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from model_service.api.events import Event
from model_service.api.explain import ExplainRequest
from model_service.api.fields import MAX_CLOCK_SKEW
from model_service.api.rank import RankRequest

MADE: list[Callable[[Any], Any]] = [
    lambda at: RankRequest(user_id="u", at=at),
    lambda at: ExplainRequest(user_id="u", object_id="p", at=at),
    lambda at: Event(event_id="e", user_id="u", action="view", object_id="v", at=at),
]


@pytest.mark.parametrize("made", MADE)
def test_what_a_clock_that_is_ahead_tells_happened_now(made: Callable[[Any], Any]) -> None:
    """Or a row would be later than a request to forget its user, and stay."""
    before = datetime.now(UTC)
    at = made((before + MAX_CLOCK_SKEW / 2).isoformat()).at
    assert before <= at <= datetime.now(UTC)


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-12:00", "2199-11-30T09:00:00Z"])
def test_nothing_happens_in_the_future(made: Callable[[Any], Any], at: str) -> None:
    with pytest.raises(ValidationError, match="lies in the future"):
        made(at)
    with pytest.raises(ValidationError, match="lies in the future"):
        made((datetime.now(UTC) + MAX_CLOCK_SKEW + timedelta(minutes=1)).isoformat())


@pytest.mark.parametrize(
    ("at", "utc"),
    [
        ("1970-01-01T01:00:00+01:00", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2026-03-01T12:00:00+02:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
    ],
)
def test_a_moment_is_told_in_utc(at: str, utc: datetime) -> None:
    assert RankRequest(user_id="u", at=at).at == utc  # type: ignore[arg-type]  # as it comes over HTTP


@pytest.mark.parametrize("at", ["1970-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"])
def test_time_begins_with_1970_utc(at: str) -> None:
    with pytest.raises(ValidationError, match="lies before 1970"):
        RankRequest(user_id="u", at=at)  # type: ignore[arg-type]  # as it comes over HTTP
