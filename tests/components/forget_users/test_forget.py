from __future__ import annotations

import os
import shutil
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS, USERS
from airloom.logs.erasure_requests import ErasureRequests
from airloom.logs.lake import Lake
from airloom.logs.quarantine import quarantine
from airloom.logs.row_eraser import TableFile
from components.forget_users import forget as step
from components.forget_users.forget import forget
from components.register_features.materialize import materialize
from components.register_features.register import register
from feature_repo.online import has_row, read_history
from feature_repo.store import open_store
from feature_repo.tables import INFERRED_BEHAVIORS, USER_HISTORY
from tests.feature_repo.small_lake import LAST, START, build, deliver, event, write
from tests.traces import traces

NOW = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Three days of logs, landed and clean, with a row in quarantine, features, and an online store."""
    lake = deliver(tmp_path / "lake")
    for day in lake.days(EVENTS):
        lake.write(lake.landing(EVENTS), day, lake.read(EVENTS, since=day, through=day))
    write(lake, USERS, START, [{"user_id": user} for user in ("ann", "bo", "new")])
    write(lake, quarantine(EVENTS), START, [event("ann", 1, "view", "video-1") | {"reason": "odd"}])
    build(lake)
    register(lake.root, day=LAST, config=None)
    for day in (START, LAST):
        behaviors = [inferred(user, day) for user in ("ann", "bo")]
        write(lake, INFERRED_BEHAVIORS, day, behaviors)
    materialize(open_store(lake=lake.root), lake=lake.root, table=INFERRED_BEHAVIORS)
    return lake


def inferred(user: str, day: date) -> dict[str, object]:
    return {
        "user_id": user,
        "object_ids": ["late-rope"],
        "weights": [0.5],
        "source": "generated",
        "version": "1",
        "history_digest": "0",
        "event_timestamp": datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1),
    }


def test_nothing_is_asked_nothing_is_read(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(step, "RowEraser")
    assert forget(lake, config=None) == []


def test_every_store_forgets_and_the_proof_says_what_went(lake: Lake, tmp_path: Path) -> None:
    examples = tmp_path / "runs" / "train.parquet"
    examples.parent.mkdir()
    pq.write_table(pa.table({"user_id": ["ann", "bo"], "object_id": ["cat-bed", "cat-bed"]}), examples)
    assert traces(tmp_path, "ann")
    ErasureRequests(lake).add("ann", NOW)

    (done,) = forget(lake, config=None, artifacts=[TableFile("runs", START, str(examples))])

    assert traces(tmp_path, "ann") == []
    assert done.removed == {
        "events": 4,
        "features/inferred_behaviors": 2,
        "features/user_history": 3,
        "landing/events": 4,
        "quarantine/events": 1,
        "runs": 1,
        "users": 1,
    }
    assert done.done_at is not None
    assert done.searched == 14
    assert ErasureRequests(lake).all() == [done]
    store = open_store(lake=lake.root)
    assert read_history(store, "ann").object_ids == []
    assert read_history(store, "bo").object_ids == ["video-1"]
    assert not has_row(store, INFERRED_BEHAVIORS, "ann")
    assert has_row(store, INFERRED_BEHAVIORS, "bo")
    assert sorted(set(lake.read(EVENTS)["user_id"].to_pylist())) == ["bo", "new"]


def test_features_built_anew_do_not_bring_anybody_back(lake: Lake) -> None:
    ErasureRequests(lake).add("ann", NOW)
    forget(lake, config=None)
    build(lake)
    register(lake.root, day=LAST, config=None)
    assert "ann" not in lake.read(USER_HISTORY)["user_id"].to_pylist()
    assert read_history(open_store(lake=lake.root), "ann").object_ids == []


def test_somebody_who_comes_back_later_is_remembered_from_then_on(lake: Lake) -> None:
    ErasureRequests(lake).add("ann", NOW - timedelta(days=2))  # the end of the first day
    forget(lake, config=None)
    assert lake.read(EVENTS)["user_id"].to_pylist().count("ann") == 2


def test_a_step_that_was_killed_is_done_again(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    ErasureRequests(lake).add("ann", NOW)
    replaced: list[str] = []

    class InterruptedStepError(Exception):
        pass

    remove_rows = Lake.remove_rows

    def dies_at_the_third(self: Lake, file: str, *args: object, **options: object) -> int:
        if len(replaced) == 2:
            raise InterruptedStepError
        replaced.append(file)
        return remove_rows(self, file, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Lake, "remove_rows", dies_at_the_third)
    with pytest.raises(InterruptedStepError):
        forget(lake, config=None)
    assert ErasureRequests(lake).open()

    monkeypatch.setattr(Lake, "remove_rows", remove_rows)
    assert len(forget(lake, config=None)) == 1
    assert traces(lake.path(), "ann") == []


def test_rows_that_come_back_meanwhile_are_not_called_done(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    ErasureRequests(lake).add("ann", NOW)
    monkeypatch.setattr("airloom.logs.row_eraser.RowEraser.remove", lambda *_: {})
    with pytest.raises(AirloomError, match=r"delivered again into .* Run this again when no pipeline runs"):
        forget(lake, config=None)
    assert ErasureRequests(lake).open()


def test_who_was_forgotten_before_keeps_what_they_did_since(lake: Lake) -> None:
    """Ann asks at noon of the last day and goes on; the next day Bo asks."""
    noon = NOW - timedelta(hours=12)
    ErasureRequests(lake).add("ann", noon)
    forget(lake, config=None)
    later = event("ann", 2 * 24 + 13, "view", "video-1")
    rows = [*lake.read(EVENTS, since=LAST, through=LAST).to_pylist(), later]
    write(lake, EVENTS, LAST, rows)
    build(lake)
    register(lake.root, day=LAST, config=None)
    store = open_store(lake=lake.root)
    assert read_history(store, "ann").object_ids == ["video-1"]

    ErasureRequests(lake).add("bo", NOW)
    forget(lake, config=None)

    assert read_history(store, "ann").object_ids == ["video-1"]
    assert "ann" in lake.read(USER_HISTORY)["user_id"].to_pylist()
    assert read_history(store, "bo").object_ids == []


def test_who_asks_twice_is_counted_once(lake: Lake) -> None:
    for hours in (0, 1):
        ErasureRequests(lake).add("ann", NOW + timedelta(hours=hours))
    first, second = forget(lake, config=None)
    assert (first.removed, second.removed["events"]) == ({}, 4)


@pytest.fixture
def left_behind(lake: Lake) -> list[Path]:
    """What steps that were killed leave: a file and a folder that never became whole, with rows of ann."""
    rows = lake.read(EVENTS)
    file = lake.path("events", f"dt={START}", ".part-0.parquet.0a1b2c3d.tmp")
    folder = lake.path("snapshots", ".0123456789abcdef.0a1b2c3d.tmp")
    folder.mkdir(parents=True)
    for path in (file, folder / "users.parquet"):
        pq.write_table(rows, path)
    return [file, folder]


def test_what_killed_steps_left_half_written_is_forgotten_too(lake: Lake, left_behind: list[Path]) -> None:
    hour_ago = time.time() - 3600
    for path in left_behind:
        os.utime(path, (hour_ago, hour_ago))
    ErasureRequests(lake).add("ann", NOW)

    forget(lake, config=None)

    assert traces(lake.path(), "ann") == []


def test_what_may_still_be_written_is_not_called_forgotten(lake: Lake, left_behind: list[Path]) -> None:
    ErasureRequests(lake).add("ann", NOW)

    with pytest.raises(AirloomError, match="is being written, or its writer was killed a moment ago"):
        forget(lake, config=None)

    assert all(path.exists() for path in left_behind)
    assert ErasureRequests(lake).open()


def test_a_file_that_is_finished_meanwhile_stops_nothing(
    lake: Lake, left_behind: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def finish(_: float) -> None:
        for path in left_behind:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    monkeypatch.setattr("components.forget_users.forget.time.sleep", finish)
    ErasureRequests(lake).add("ann", NOW)

    assert len(forget(lake, config=None)) == 1
