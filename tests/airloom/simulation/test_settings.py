from __future__ import annotations

from datetime import date

import pytest

from airloom.errors import AirloomError
from airloom.settings import as_dict, parse
from airloom.simulation.settings import WorldSettings


def test_served_days_follow_the_history() -> None:
    settings = WorldSettings(history_days=2, served_days=1, start=date(2026, 2, 28))
    assert settings.history == [date(2026, 2, 28), date(2026, 3, 1)]
    assert settings.served == [date(2026, 3, 2)]
    assert settings.day_number(date(2026, 3, 2)) == 2


def test_settings_travel_as_dictionaries() -> None:
    settings = WorldSettings(shoppers=10)
    assert parse(WorldSettings, as_dict(settings)) == settings


@pytest.mark.parametrize(
    "wrong", [{"shoppers": 0}, {"history_days": 0}, {"served_days": -1}, {"seed": -1}, {"seed": 2**63}]
)
def test_an_impossible_world_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(AirloomError, match="No world has"):
        WorldSettings(**wrong)  # type: ignore[arg-type]


def test_a_day_of_another_time_is_named_with_the_days_there_are() -> None:
    with pytest.raises(AirloomError, match="no day 2027-01-01: it runs from 2026-03-02 to 2026-03-18"):
        WorldSettings().day_number(date(2027, 1, 1))
