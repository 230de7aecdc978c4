from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from airloom.logs.lake import Lake
from airloom.logs.missing_days import missing_days


def deliver(lake: Lake, *days: int) -> None:
    for day in days:
        folder = lake.path("landing", "events", f"dt=2026-03-{day:02}")
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"user_id": ["a"]}), folder / "part-0.parquet")


def test_days_between_the_first_and_that_of_the_run_are_missing(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    deliver(lake, 2, 3, 6, 9)
    lake.path("landing", "events", "dt=2026-03-04").mkdir()  # a folder without files

    missing = missing_days(lake, through=date(2026, 3, 7))

    assert missing == [date(2026, 3, 4), date(2026, 3, 5), date(2026, 3, 7)]


def test_a_lake_with_nothing_before_the_day_misses_that_day(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert missing_days(lake, through=date(2026, 3, 7)) == [date(2026, 3, 7)]
