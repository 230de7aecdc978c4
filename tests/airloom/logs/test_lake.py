from __future__ import annotations

import resource
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from airloom.errors import AirloomError
from airloom.logs.contract import OBJECTS, USERS
from airloom.logs.lake import Lake

DAY, NEXT = date(2026, 3, 2), date(2026, 3, 3)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    for day, ids in ((NEXT, ["c"]), (DAY, ["b", "a"])):
        lake.write(USERS, day, pa.table({"user_id": ids}))
    return lake


def test_days_and_rows_come_back_in_order(lake: Lake) -> None:
    assert lake.days(USERS) == [DAY, NEXT]
    assert lake.read(USERS)["user_id"].to_pylist() == ["a", "b", "c"]
    assert lake.read(USERS, since=NEXT)["user_id"].to_pylist() == ["c"]
    assert lake.read(USERS, through=DAY, columns=["user_id"]).column_names == ["user_id"]
    assert lake.dataset(USERS, through=DAY).count_rows() == 2


def test_a_lake_without_a_table_reads_as_empty(lake: Lake) -> None:
    assert lake.read(OBJECTS, columns=["object_id"]).schema == OBJECTS.only(["object_id"]).stored_schema
    assert lake.dataset(OBJECTS).count_rows() == 0


def test_writing_again_gives_the_same_bytes(lake: Lake) -> None:
    (file,) = lake.path("users", f"dt={DAY}").iterdir()
    before = file.read_bytes()
    lake.write(USERS, DAY, pa.table({"user_id": ["a", "b"]}))
    assert file.read_bytes() == before


def test_texts_are_written_whole_and_read_back(lake: Lake) -> None:
    assert lake.read_text("lineage", "users.json") is None
    lake.write_text("é", "lineage", "users.json")
    assert lake.read_text("lineage", "users.json") == "é"
    assert lake.files_below("lineage") == [lake.location("lineage", "users.json")]
    assert lake.files_below("lineage", "users.json") == lake.files_below("lineage")
    assert lake.files_below("nowhere") == []


def test_a_missing_column_is_named_with_its_file_and_those_present(lake: Lake) -> None:
    (file,) = lake.path("users", f"dt={DAY}").iterdir()
    pq.write_table(pa.table({"uid": ["a"]}), file)
    with pytest.raises(AirloomError, match=r"part-0\.parquet has no column user_id \(it has uid\)"):
        lake.read(USERS)


def test_a_broken_file_is_named(lake: Lake) -> None:
    (file,) = lake.path("users", f"dt={DAY}").iterdir()
    file.write_bytes(b"no parquet")
    with pytest.raises(AirloomError, match=r"dt=2026-03-02/part-0\.parquet is not a readable Parquet file"):
        lake.rows_in(str(file))


@pytest.mark.parametrize("name", ["dt=2026-3-1", "dt=20260301", "dt=__HIVE_DEFAULT_PARTITION__"])
def test_a_folder_that_is_not_named_after_a_day_is_named(lake: Lake, name: str) -> None:
    lake.path("users", name).mkdir()
    with pytest.raises(AirloomError, match=rf"users/{name} is not named after a day\. Name it dt=YYYY-MM-DD"):
        lake.days(USERS)


def test_a_file_that_is_delivered_again_meanwhile_is_not_overwritten(lake: Lake) -> None:
    (file,) = lake.path("users", f"dt={DAY}").iterdir()

    def gone(rows: pa.Table) -> pa.Array:
        pq.write_table(pa.table({"user_id": ["a", "b", "new"]}), file.with_suffix(".new"))
        file.with_suffix(".new").rename(file)
        return pa.array([True] + [False] * (rows.num_rows - 1))

    with pytest.raises(AirloomError, match="was delivered again while rows were removed"):
        lake.remove_rows(str(file), gone, columns=["user_id"])
    assert pq.read_table(file)["user_id"].to_pylist() == ["a", "b", "new"]


def test_a_file_that_is_gone_is_not_called_damaged(lake: Lake) -> None:
    (file,) = lake.path("users", f"dt={DAY}").iterdir()
    file.unlink()
    with pytest.raises(AirloomError, match=r"part-0\.parquet was removed meanwhile\. Run this again"):
        lake.rows_in(str(file))


def test_a_disk_that_is_full_is_not_taken_for_a_damaged_file(lake: Lake) -> None:
    (file,) = lake.path("users", f"dt={DAY}").iterdir()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        with pytest.raises(AirloomError, match=r"part-0\.parquet cannot be written \(File too large\)"):
            lake.remove_rows(
                str(file), lambda rows: pc.equal(rows["user_id"].combine_chunks(), "a"), columns=["user_id"]
            )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert pq.read_table(file)["user_id"].to_pylist() == ["a", "b"]
