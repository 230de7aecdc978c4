from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Thread

import pyarrow as pa
import pytest
from prometheus_client import REGISTRY

from airloom.causes import Cause
from airloom.logs.contract import EXPOSURES
from airloom.logs.lake import Lake
from model_service.api.rank import RankedItem, RankResponse, Reason
from model_service.outbox.exposure_log import PAGE_RECORDS, ExposureLog, PageImpression
from model_service.outbox.journal import Journal

EVENING = datetime(2026, 3, 1, 23, 59, 59, 500_000, UTC)
MORNING = datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC)


def make_page(
    number: int, *, user: str = "用户-🐈", at: datetime = EVENING, items: int = 3
) -> PageImpression:
    response = RankResponse(
        request_id=f"r-{number}",
        experiment="e",
        variant="v",
        model_version="m-1",
        snapshot_digest="abc",
        degraded=["unknown_user"] if number == 0 else [],
        items=[
            RankedItem(
                object_id=f"商品-{position}",
                title="t",
                price=None,
                score=1 / position,
                position=position,
                reason=Reason(chain=[], events=[], cause=Cause.REMAINING, text=""),
            )
            for position in range(1, items + 1)
        ],
    )
    return PageImpression(user, at, response)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def journal(tmp_path: Path, lake: Lake) -> Journal:
    return Journal(lake, PAGE_RECORDS, tmp_path / "journal", sync=False)


def landed(lake: Lake) -> pa.Table:
    return lake.read(lake.landing(EXPOSURES))


def test_every_row_is_written_under_the_day_on_which_it_was_shown(lake: Lake, journal: Journal) -> None:
    writer = ExposureLog(journal)
    writer.log_exposure(make_page(0))
    writer.log_exposure(make_page(1, at=MORNING))
    writer.stop()
    assert lake.days(lake.landing(EXPOSURES)) == [date(2026, 3, 1), date(2026, 3, 2)]
    rows = landed(lake).to_pylist()
    assert rows[0] == {
        "request_id": "r-0",
        "ts": EVENING,
        "user_id": "用户-🐈",
        "experiment": "e",
        "variant": "v",
        "position": 1,
        "object_id": "商品-1",
        "score": 1.0,
        "model_version": "m-1",
        "snapshot_digest": "abc",
        "degraded": ["unknown_user"],
        "surface": None,
    }
    assert [(row["request_id"], row["position"]) for row in rows[3:]] == [("r-1", 1), ("r-1", 2), ("r-1", 3)]


def test_count_in_is_count_out_from_many_threads(lake: Lake, journal: Journal) -> None:
    writer = ExposureLog(journal)

    def log_pages(start: int) -> None:
        for number in range(start, start + 50):
            writer.log_exposure(make_page(number))

    threads = [Thread(target=log_pages, args=(start,)) for start in range(0, 200, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.stop()
    rows = landed(lake)
    assert rows.num_rows == 600
    assert len(set(zip(rows["request_id"].to_pylist(), rows["position"].to_pylist(), strict=True))) == 600


def test_pages_are_in_the_journal_a_moment_later(
    tmp_path: Path, journal: Journal, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    """A process that is killed then loses none of them: the next one lands what it finds there."""
    writer = ExposureLog(journal)
    writer.log_exposure(make_page(0))

    def kept() -> int:
        return sum(len(file.read_bytes().splitlines()) for file in (tmp_path / "journal").glob("*.pages"))

    eventually(lambda: kept() == 1)
    writer.stop()


def test_what_cannot_be_written_waits_for_better_times(
    lake: Lake,
    journal: Journal,
    monkeypatch: pytest.MonkeyPatch,
    eventually: Callable[[Callable[[], bool]], None],
) -> None:
    refused = []

    def full(rows: object) -> None:
        refused.append(rows)
        raise OSError(28, "No space left on device")

    writer = ExposureLog(journal)
    with monkeypatch.context() as broken:
        broken.setattr(journal, "append", full)
        writer.log_exposure(make_page(0))
        eventually(lambda: len(refused) > 1)
        writer.log_exposure(make_page(1))
    writer.stop()
    assert landed(lake)["request_id"].to_pylist() == ["r-0"] * 3 + ["r-1"] * 3


def test_with_no_room_at_all_the_oldest_pages_go_first(
    lake: Lake,
    journal: Journal,
    monkeypatch: pytest.MonkeyPatch,
    eventually: Callable[[Callable[[], bool]], None],
) -> None:
    def full(rows: object) -> None:
        raise OSError(28, "No space left on device")

    def dropped() -> float:
        return REGISTRY.get_sample_value("airloom_exposures_dropped_total") or 0.0

    before = dropped()
    monkeypatch.setattr("model_service.outbox.exposure_log.MAX_PAGES", 2)
    writer = ExposureLog(journal)
    with monkeypatch.context() as broken:
        broken.setattr(journal, "append", full)
        for number in range(5):
            writer.log_exposure(make_page(number))
        eventually(lambda: dropped() == before + 9)
    writer.stop()
    assert set(landed(lake)["request_id"].to_pylist()) == {"r-3", "r-4"}


def test_nothing_shown_writes_nothing(lake: Lake, journal: Journal) -> None:
    ExposureLog(journal).stop()
    assert lake.days(lake.landing(EXPOSURES)) == []
