from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airloom.logs.contract import EVENTS, EXPOSURES, USERS
from airloom.logs.erasure_requests import ErasureRequests
from airloom.logs.lake import Lake
from airloom.logs.quarantine import quarantine
from airloom.logs.row_eraser import RowEraser, log_files

DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

Ask = Callable[..., RowEraser]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


@pytest.fixture
def ask(lake: Lake) -> Ask:
    def at_noon(*users: str) -> RowEraser:
        erasures = ErasureRequests(lake)
        for user in users:
            erasures.add(user, NOON)
        return RowEraser(lake, erasures, erasures.all())

    return at_noon


def put(lake: Lake, rows: pa.Table, *, table: str = "landing/events", day: date = DAY) -> Path:
    file = lake.path(table, f"dt={day}", "part-0.parquet")
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, file)
    return file


def rows(users: list[str | None], moments: list[datetime | None]) -> pa.Table:
    return pa.table(
        {"user_id": users, "ts": pa.array(moments, pa.timestamp("us", tz="UTC")), "extra": ["x"] * len(users)}
    )


def test_what_was_done_up_to_the_request_goes_and_what_came_after_stays(lake: Lake, ask: Ask) -> None:
    file = put(lake, rows(["ann", "bo", "ann", "ann"], [NOON - HOUR, NOON - HOUR, NOON, NOON + HOUR]))
    eraser = ask("ann")

    removed = eraser.remove(log_files(lake))

    assert removed == {(ErasureRequests(lake).digest("ann"), "landing/events"): 2}
    left = pq.read_table(file)
    assert left["user_id"].to_pylist() == ["bo", "ann"]
    assert left.column_names == ["user_id", "ts", "extra"]
    assert eraser.search(log_files(lake)).files == []


def test_rows_without_a_moment_are_of_their_folders_day(lake: Lake, ask: Ask) -> None:
    users = pa.table({"user_id": ["ann", "bo"]})
    today = put(lake, users, table="users")
    tomorrow = put(lake, users, table="users", day=DAY + timedelta(days=1))
    broken = put(lake, rows(["ann", None, "bo"], [None, None, None]))
    ask("ann").remove(log_files(lake))
    assert pq.read_table(today)["user_id"].to_pylist() == ["bo"]
    assert pq.read_table(tomorrow)["user_id"].to_pylist() == ["ann", "bo"]
    assert pq.read_table(broken)["user_id"].to_pylist() == [None, "bo"]


def test_everything_is_searched_landed_clean_and_in_quarantine(lake: Lake, ask: Ask) -> None:
    one = pa.table({"user_id": ["ann"]})
    tables = [
        table.name
        for log in (EVENTS, EXPOSURES, USERS)
        for table in (log, lake.landing(log), quarantine(log))
    ]
    for table in tables:
        put(lake, one, table=table)
    search = ask("ann").search(log_files(lake))
    assert sorted(file.table for file in search.files) == sorted(tables)
    assert (search.user_ids, search.searched) == ({"ann"}, 9)


def test_files_that_name_nobody_who_asked_keep_their_bytes_and_their_time(lake: Lake, ask: Ask) -> None:
    file = put(lake, rows(["bo"], [NOON]))
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    assert not ask("ann").remove(log_files(lake))
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


@pytest.mark.parametrize(
    "strange",
    [
        pa.table({"uid": ["ann"]}),
        pa.table({"user_id": pa.array([], pa.string())}),
        pa.table({"user_id": [None]}),
    ],
)
def test_files_without_users_do_no_harm(lake: Lake, ask: Ask, strange: pa.Table) -> None:
    file = put(lake, strange)
    assert not ask("ann").remove(log_files(lake))
    assert pq.read_table(file).equals(strange)


def test_moments_and_ids_of_other_types_count_too(lake: Lake, ask: Ask) -> None:
    seconds = pa.table({"user_id": [17, 18], "ts": pa.array([NOON, NOON], pa.timestamp("s", tz="UTC"))})
    words = pa.table({"user_id": ["17"], "ts": ["yesterday"]})
    one, other = put(lake, seconds), put(lake, words, table="events")
    ask("17").remove(log_files(lake))
    assert pq.read_table(one)["user_id"].to_pylist() == [18]
    assert pq.read_table(other).num_rows == 0


def test_large_files_are_gone_through_piece_by_piece(lake: Lake, ask: Ask) -> None:
    many = rows(["ann", "bo"] * 500, [NOON] * 1000)
    file = lake.path("events", f"dt={DAY}", "part-0.parquet")
    file.parent.mkdir(parents=True)
    pq.write_table(many, file, row_group_size=100)
    assert sum(ask("ann").remove(log_files(lake)).values()) == 500
    left = pq.read_table(file)["user_id"]
    assert (len(left), left.unique().to_pylist()) == (500, ["bo"])


def test_the_latest_request_of_a_person_counts(lake: Lake, ask: Ask) -> None:
    file = put(lake, rows(["ann", "ann"], [NOON + HOUR, NOON + 3 * HOUR]))
    ErasureRequests(lake).add("ann", NOON + 2 * HOUR)
    ask("ann").remove(log_files(lake))
    assert pq.read_table(file)["ts"].to_pylist() == [NOON + 3 * HOUR]


def test_ids_that_are_not_utf8_are_in_nobodys_way_and_can_be_erased_as_the_quarantine_shows_them(
    lake: Lake, ask: Ask
) -> None:
    ids = pa.array([b"us\xe9r", b"ann", b"bo"]).view(pa.string())
    file = put(lake, pa.table({"user_id": ids, "ts": pa.array([NOON] * 3, pa.timestamp("us", tz="UTC"))}))
    eraser = ask("ann", "us\\xe9r")
    assert eraser.search(log_files(lake)).user_ids == {"ann", "us\\xe9r"}
    eraser.remove(log_files(lake))
    assert pq.read_table(file)["user_id"].to_pylist() == ["bo"]
