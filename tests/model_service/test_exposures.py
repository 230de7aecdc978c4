from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Thread

import pyarrow as pa
import pytest

from airloom.errors import AirloomError
from airloom.logs.contract import EXPOSURES
from airloom.logs.lake import Lake
from model_service.exposures import ExposureWriter, Shown
from model_service.schema import RankedItem, RankResponse, Reason

EVENING = datetime(2026, 3, 1, 23, 59, 59, 500_000, UTC)
MORNING = datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC)


def make_page(number: int, *, user: str = "用户-🐈", at: datetime = EVENING, items: int = 3) -> Shown:
    response = RankResponse(
        request_id=f"r-{number}",
        experiment="e",
        variant="v",
        model_version="m-1",
        snapshot_digest="abc",
        degraded=["unknown_user"] if number == 0 else [],
        items=[
            RankedItem(
                object_id=f"商品-{place}",
                title="t",
                price=None,
                score=1 / place,
                position=place,
                reason=Reason(chain=[], events=[]),
            )
            for place in range(1, items + 1)
        ],
    )
    return Shown(user, at, response)


def landed(lake: Lake) -> pa.Table:
    return lake.read(lake.landing(EXPOSURES))


def test_every_row_is_written_under_the_day_on_which_it_was_shown(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    writer = ExposureWriter(lake)
    writer(make_page(0))
    writer(make_page(1, at=MORNING))
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
    }
    assert [(row["request_id"], row["position"]) for row in rows[3:]] == [("r-1", 1), ("r-1", 2), ("r-1", 3)]


def test_count_in_is_count_out_from_many_threads_and_many_files(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    writer = ExposureWriter(lake, flush_rows=40)
    threads = [
        Thread(target=lambda start=start: [writer(make_page(start + n)) for n in range(50)])
        for start in range(0, 200, 50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.stop()
    assert len(lake.files(lake.landing(EXPOSURES), EVENING.date())) > 1
    rows = landed(lake)
    assert rows.num_rows == 600
    assert len(set(zip(rows["request_id"].to_pylist(), rows["position"].to_pylist(), strict=True))) == 600


def test_rows_are_written_after_a_while_even_if_they_are_few(tmp_path: Path, eventually: Eventually) -> None:
    lake = Lake(tmp_path)
    writer = ExposureWriter(lake, flush_seconds=0.05)
    try:
        writer(make_page(0))
        eventually(lambda: landed(lake).num_rows == 3)
    finally:
        writer.stop()


def test_what_cannot_be_written_waits_for_better_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    lake, refused = Lake(tmp_path), []
    write = Lake.write

    def full(*args: object, **given: object) -> None:
        refused.append(args)
        raise AirloomError("The disk is full", do="Free some space")

    monkeypatch.setattr(Lake, "write", full)
    writer = ExposureWriter(lake, flush_rows=3, flush_seconds=0.05)
    writer(make_page(0))
    eventually(lambda: len(refused) > 1)
    monkeypatch.setattr(Lake, "write", write)
    writer.stop()
    assert landed(lake).num_rows == 3


def test_nothing_shown_writes_nothing(tmp_path: Path) -> None:
    ExposureWriter(Lake(tmp_path)).stop()
    assert list(tmp_path.iterdir()) == []


Eventually = Callable[[Callable[[], bool]], None]
