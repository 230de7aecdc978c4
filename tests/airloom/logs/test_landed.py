from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airloom.errors import AirloomError
from airloom.logs.contract import USERS
from airloom.logs.lake import Lake
from airloom.logs.landed import read_landed, require_all_read

DAY = date(2026, 3, 2)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def land(lake: Lake, name: str, *users: str) -> None:
    file = lake.path("landing", "users", f"dt={DAY}", name)
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"user_id": list(users)}), file)


def test_files_in_folders_and_in_capitals_are_read_and_hidden_ones_are_not(lake: Lake) -> None:
    land(lake, "part-0.parquet", "a")
    land(lake, "hour=12/part-0.parquet", "b", "c")
    land(lake, "PART-1.PARQUET", "d")
    land(lake, "_temporary/part-9.parquet", "unfinished")

    rows = read_landed(lake, USERS, [DAY])

    origin = zip(*(rows[name].to_pylist() for name in ("user_id", "file", "row")), strict=True)
    assert sorted(origin) == [
        ("a", "part-0.parquet", 0),
        ("b", "hour=12/part-0.parquet", 0),
        ("c", "hour=12/part-0.parquet", 1),
        ("d", "PART-1.PARQUET", 0),
    ]
    require_all_read(lake)


def test_numbers_in_names_count_as_numbers(lake: Lake) -> None:
    for hour in (18, 6, 12, 0):
        land(lake, f"cat-{hour}.parquet", f"u{hour}")
    assert read_landed(lake, USERS, [DAY])["user_id"].to_pylist() == ["u0", "u6", "u12", "u18"]


def test_a_file_that_would_be_overlooked_is_refused(lake: Lake) -> None:
    land(lake, "part-0.parquet", "a")
    land(lake, "x.pq", "b")
    with pytest.raises(AirloomError, match=rf"not read: users/dt={DAY}/x\.pq"):
        require_all_read(lake)
