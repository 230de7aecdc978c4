from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.logs.adapters import ADAPTERS
from airloom.logs.adapters.adapter import DeliveryReport
from airloom.logs.contract import EVENTS, OBJECTS, USERS
from airloom.logs.lake import Lake

FIRST, SECOND = 1_385_337_600, 1_385_424_000
EVENT_LINES = ["user_id,unix_ts,domain,asin", f"A,{FIRST},book,1", f"A,{FIRST},toys,1", f"B,{SECOND},movie,2"]
ITEM_LINES = [
    "asin\tdomain\ttitle\ttitle_source",
    "1\tbook\t\t",
    '1\ttoys\tA 12" "ball\tx',
    "2\tmovie\tFilm\tx",
]


def dataset(folder: Path, *, events: list[str] = EVENT_LINES, items: list[str] = ITEM_LINES) -> Path:
    for name, lines in (("events.csv.gz", events), ("items.tsv.gz", items)):
        (folder / name).write_bytes(gzip.compress("\n".join([*lines, ""]).encode()))
    return folder


def deliver(data: Path, root: Path) -> tuple[Lake, DeliveryReport]:
    lake = Lake(root)
    return lake, ADAPTERS["amazon-content2commerce"].deliver(data, lake)


def test_reviews_become_views_and_orders_on_their_days(tmp_path: Path) -> None:
    lake, report = deliver(dataset(tmp_path), tmp_path / "lake")

    assert str(report) == "Landed 3 objects, 2 users, 3 events: 2 days, 2013-11-25 to 2013-11-26"
    rows = lake.read(lake.landing(EVENTS)).to_pylist()
    landed = {
        (r["user_id"], r["ts"].date(), r["domain"], r["action"], r["object_id"], r["quantity"]) for r in rows
    }
    assert landed == {
        ("A", date(2013, 11, 25), "content", "view", "book:1", None),
        ("A", date(2013, 11, 25), "commerce", "order", "toys:1", 1),
        ("B", date(2013, 11, 26), "content", "view", "movie:2", None),
    }
    assert lake.read(lake.landing(USERS))["user_id"].to_pylist() == ["A", "B"]


def test_an_object_appears_with_its_first_event_and_an_absent_title_is_empty(tmp_path: Path) -> None:
    lake, _ = deliver(dataset(tmp_path), tmp_path / "lake")
    first = lake.read(lake.landing(OBJECTS), through=date(2013, 11, 25))
    assert first.select(["object_id", "title", "category_path"]).to_pylist() == [
        {"object_id": "book:1", "title": "", "category_path": ["Books"]},
        {"object_id": "toys:1", "title": 'A 12" "ball', "category_path": ["Toys & Games"]},
    ]


def test_delivering_again_changes_nothing(tmp_path: Path) -> None:
    lake, _ = deliver(dataset(tmp_path), tmp_path / "lake")
    before = {file: file.read_bytes() for file in lake.path().rglob("*.parquet")}
    deliver(tmp_path, tmp_path / "lake")
    assert {file: file.read_bytes() for file in lake.path().rglob("*.parquet")} == before


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match=r"events\.csv\.gz does not exist.*--data"):
        deliver(tmp_path, tmp_path / "lake")


@pytest.mark.parametrize("lines", [["user_id,domain,asin", "A,book,1"], [EVENT_LINES[0], "A,soon,book,1"]])
def test_a_column_that_is_missing_or_unreadable_is_named(tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(AirloomError, match=r"events\.csv\.gz cannot be read .*unix_ts"):
        deliver(dataset(tmp_path, events=lines), tmp_path / "lake")


@pytest.mark.parametrize("lines", [EVENT_LINES[:1], [EVENT_LINES[0], f"A,{FIRST},garden,1"]])
def test_a_file_without_events_is_named_and_nothing_lands(tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(AirloomError, match=r"events\.csv\.gz has no event of movie, book"):
        deliver(dataset(tmp_path, events=lines), tmp_path / "lake")
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize(
    ("time", "looks"),
    [(FIRST * 1000, "looks like milliseconds since 1970"), (-1, "is no time since 1970")],
)
def test_times_in_another_unit_are_one_sentence_and_nothing_lands(
    tmp_path: Path, time: int, looks: str
) -> None:
    lines = [*EVENT_LINES, f"A,{time},book,1"]
    with pytest.raises(
        AirloomError, match=rf"events\.csv\.gz: the column unix_ts holds {time}, which {looks}"
    ):
        deliver(dataset(tmp_path, events=lines), tmp_path / "lake")
    assert not (tmp_path / "lake").exists()
