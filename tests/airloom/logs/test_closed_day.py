from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from airloom.errors import AirloomError
from airloom.logs.closed_day import closed_day


def test_the_given_day_counts() -> None:
    assert closed_day("2026-03-15") == date(2026, 3, 15)


def test_without_one_it_is_the_day_before_today() -> None:
    before = datetime.now(UTC)
    found = closed_day("")
    assert found in {moment.date() - timedelta(days=1) for moment in (before, datetime.now(UTC))}


def test_what_is_no_date_is_named() -> None:
    with pytest.raises(AirloomError, match="The day '15 March' is not a date"):
        closed_day("15 March")
