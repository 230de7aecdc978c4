from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from airloom.logs.cast import cast_to_table
from airloom.logs.changes import latest_rows
from airloom.logs.contract import USERS
from airloom.logs.lake import Lake

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 3, day) for day in (2, 3, 4))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    for day, buckets in (
        (MONDAY, {"bob": "old", "ann": "old"}),
        (TUESDAY, {"bob": "new"}),
        (WEDNESDAY, {"cy": "late"}),
    ):
        rows = pa.table({"user_id": list(buckets), "profile_bucket": list(buckets.values())})
        lake.write(USERS, day, cast_to_table(rows, USERS))
    return lake


def test_the_latest_row_of_every_id_wins(lake: Lake) -> None:
    rows = latest_rows(lake, USERS, through=TUESDAY).select(["user_id", "profile_bucket", "dt"]).to_pylist()
    assert rows == [
        {"user_id": "ann", "profile_bucket": "old", "dt": MONDAY},
        {"user_id": "bob", "profile_bucket": "new", "dt": TUESDAY},
    ]


def test_a_day_later_than_asked_is_not_seen(lake: Lake) -> None:
    assert latest_rows(lake, USERS, through=MONDAY)["profile_bucket"].to_pylist() == ["old", "old"]


def test_nothing_delivered_yet_is_an_empty_table_with_the_same_columns(lake: Lake) -> None:
    empty = latest_rows(lake, USERS, through=date(2026, 1, 1))
    assert empty.num_rows == 0
    assert empty.schema == latest_rows(lake, USERS, through=MONDAY).schema
