from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import pytest

from airloom.logs.contract import USERS
from airloom.logs.lake import Lake
from airloom.logs.source_files import former_days, remove_file

FIRST, SECOND, THIRD = DAYS = [date(2026, 3, day) for day in (1, 2, 3)]
ROWS: Final = USERS.stored_schema.empty_table()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    for day in DAYS:
        lake.write(lake.landing(USERS), day, ROWS, file="export")
    lake.write(lake.landing(USERS), SECOND, ROWS, file="another")
    return lake


def test_the_days_of_an_earlier_landing_are_those_with_a_file_of_the_name(lake: Lake) -> None:
    assert former_days(lake, USERS, [FIRST], file="export") == [SECOND, THIRD]
    assert former_days(lake, USERS, [FIRST], file="another") == [SECOND]
    assert former_days(lake, USERS, DAYS, file="export") == []


def test_a_day_goes_with_its_last_file_and_what_others_landed_stays(lake: Lake) -> None:
    remove_file(lake, USERS, [SECOND, THIRD], file="export")
    landing = lake.landing(USERS)
    assert lake.days(landing) == [FIRST, SECOND]
    assert [lake.name_in_day(file, landing, SECOND) for file in lake.files(landing, SECOND)] == [
        "another.parquet"
    ]


def test_a_hidden_file_of_a_day_is_not_lost(lake: Lake) -> None:
    marker = lake.path("landing", "users", f"dt={THIRD}", "_SUCCESS")
    marker.touch()
    remove_file(lake, USERS, [THIRD], file="export")
    assert marker.exists()
    assert lake.files(lake.landing(USERS), THIRD) == []
