from __future__ import annotations

import pytest

from airloom.errors import AirloomError
from airloom.logs.run_day import last_complete_day
from components.resolve_day.component import resolve_day


def test_a_named_day_is_kept() -> None:
    assert resolve_day.python_func(lake="/lake", day="2026-03-15") == "2026-03-15"


def test_without_one_it_is_the_last_complete_day() -> None:
    before = last_complete_day()
    assert resolve_day.python_func(lake="/lake", day="") in {str(before), str(last_complete_day())}


def test_what_is_no_day_is_refused() -> None:
    with pytest.raises(AirloomError, match="The day 'yesterday' is not a date"):
        resolve_day.python_func(lake="/lake", day="yesterday")


def test_a_day_that_has_not_ended_is_refused() -> None:
    with pytest.raises(AirloomError, match="The day 9999-12-31 has not ended"):
        resolve_day.python_func(lake="/lake", day="9999-12-31")
