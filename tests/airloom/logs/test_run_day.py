from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from airloom.errors import AirloomError
from airloom.logs.run_day import last_complete_day, parse_day


def test_a_named_day_is_that_day() -> None:
    assert parse_day("2026-03-15") == date(2026, 3, 15)


def test_the_last_complete_day_is_the_day_before_today() -> None:
    before = datetime.now(UTC)
    day = last_complete_day()
    assert day in {now.date() - timedelta(days=1) for now in (before, datetime.now(UTC))}


@pytest.mark.parametrize("text", ["15 March", ""])
def test_what_is_no_date_is_named(text: str) -> None:
    with pytest.raises(AirloomError, match=f"The day '{text}' is not a date"):
        parse_day(text)
