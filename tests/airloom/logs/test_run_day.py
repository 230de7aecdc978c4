from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from airloom.errors import AirloomError
from airloom.logs.run_day import complete_day, last_complete_day, parse_day


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


def test_a_day_that_has_not_ended_is_refused() -> None:
    def clock() -> datetime:
        return datetime(2026, 3, 16, 23, 59, tzinfo=UTC)

    assert complete_day("2026-03-15", clock) == date(2026, 3, 15)
    for day in ("2026-03-16", "2099-01-01"):
        with pytest.raises(AirloomError, match=rf"The day {day} has not ended: it is 2026-03-16 23:59 UTC"):
            complete_day(day, clock)
