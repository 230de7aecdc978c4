from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from model_service.pages.schema import RankRequest


@pytest.mark.parametrize(
    ("at", "utc"),
    [
        ("1970-01-01T01:00:00+01:00", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2200-01-01T11:59:59+12:00", datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_moment_is_told_in_utc(at: str, utc: datetime) -> None:
    assert RankRequest(user_id="u", at=at).at == utc  # type: ignore[arg-type]  # as it comes over HTTP


@pytest.mark.parametrize(
    "at",
    [
        *("1970-01-01T00:00:00+14:00", "2199-12-31T23:59:59-12:00"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"),
    ],
)
def test_the_years_1970_to_2199_are_those_of_utc(at: str) -> None:
    with pytest.raises(ValidationError, match="between the years 1970 and 2200"):
        RankRequest(user_id="u", at=at)  # type: ignore[arg-type]  # as it comes over HTTP
