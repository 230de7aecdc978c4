from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

from airloom.lineage.records import LineageRecord, read_records, update_records
from airloom.logs.lake import Lake

DAYS = [date(2026, 3, 1) + timedelta(days=number) for number in range(24)]
RECORD = LineageRecord(version=1, inputs={"numbers": "a"})


def test_writers_at_the_same_time_keep_the_days_of_each_other(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda day: update_records(lake, "features/sums", built={day: RECORD}), DAYS))
    assert read_records(lake, "features/sums") == dict.fromkeys(DAYS, RECORD)


def test_dropped_days_are_gone_and_others_stay(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    update_records(lake, "sums", built=dict.fromkeys(DAYS, RECORD))
    assert list(update_records(lake, "sums", dropped=DAYS[1:])) == DAYS[:1]
    assert read_records(lake, "sums") == {DAYS[0]: RECORD}
