from __future__ import annotations

import pytest

from airloom.errors import AirloomError
from airloom.logs.delivered_files import refuse_unread

DAY = "events/dt=2026-03-02"


@pytest.mark.parametrize(
    "path",
    [
        f"{DAY}/part-0.parquet",
        f"{DAY}/PART-1.PARQUET",
        f"{DAY}/hour=12/part-0.parquet",
        f"{DAY}/_hour=12/part-0.parquet",
        f"{DAY}/events.parquet/part-00000.parquet",
        f"{DAY}/_SUCCESS",
        f"{DAY}/_temporary/0/part-0.txt",
        f"{DAY}/.part-0.parquet.crc",
        f"{DAY}/.part-0.parquet.1a2b3c4d.tmp",
        "events/_spark_metadata/0",
        ".DS_Store",
    ],
)
def test_what_is_read_and_what_is_hidden_is_no_error(path: str) -> None:
    refuse_unread([path], landing="landing")


@pytest.mark.parametrize(
    "path",
    [
        f"{DAY}/x.pq",
        f"{DAY}/part-0.csv",
        f"{DAY}/part-0.parquet.gz",
        f"{DAY}/part-0.parquet.tmp",
        f"{DAY}/hour=12/x.pq",
        "events/part-0.parquet",
        "events/2026-03-02/part-0.parquet",
        "events/dt=2026-3-2/part-0.parquet",
        "event/dt=2026-03-02/part-0.parquet",
        "part-0.parquet",
    ],
)
def test_a_file_that_would_be_overlooked_is_named(path: str) -> None:
    with pytest.raises(AirloomError) as refused:
        refuse_unread([f"{DAY}/part-0.parquet", path], landing="/lake/landing")
    assert f"/lake/landing holds 1 file that is not read: {path}" in str(refused.value)
    assert "begins with _ or ." in str(refused.value)


def test_of_many_files_the_first_are_named_and_all_are_counted() -> None:
    with pytest.raises(AirloomError, match=r"holds 7 files that are not read: .*4\.csv and 2 more"):
        refuse_unread([f"{DAY}/{number}.csv" for number in range(7)], landing="landing")


def test_a_column_that_is_only_in_the_name_of_a_folder_is_not_lost() -> None:
    with pytest.raises(AirloomError, match="the column currency is in the name of a folder"):
        refuse_unread([f"{DAY}/hour=12/currency=EUR/part-0.parquet"], landing="landing")
