"""Corrections reach the online store, on real sqlite and Redis."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from feast import FeatureStore

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake
from components.register_features import materialize as step
from components.register_features.corrected_rows import require_rows_to_take_back
from components.register_features.register import register
from feature_repo.online import UserHistoryRow, read_history
from feature_repo.online_rows import online_rows
from feature_repo.store import LOCAL, open_store
from feature_repo.tables import USER_HISTORY
from tests.feature_repo.small_lake import LAST, START, build, deliver, event, midnight, write
from tests.redis_server import RedisServer

NOBODY = UserHistoryRow([], [], [])
MIDDLE = START + timedelta(days=1)


@pytest.fixture(params=["sqlite", "redis"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    """A feature_store.yaml with each kind of store; None for the lake's own."""
    if request.param == "sqlite":
        return None
    server: RedisServer = request.getfixturevalue("redis_server")
    return str(server.feature_store(tmp_path))


@pytest.fixture
def lake(tmp_path: Path, config: str | None) -> Lake:
    """A lake whose online store is filled."""
    lake = deliver(tmp_path / "lake")
    run(lake, config)
    return lake


def run(lake: Lake, config: str | None, day: date = LAST) -> None:
    build(lake, day)
    register(lake.root, day=day, config=config)


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def online(lake: Lake, config: str | None, user: str) -> UserHistoryRow:
    return read_history(open_store(lake=lake.root, config=config), user)


def test_events_that_a_corrected_day_no_longer_has_are_forgotten(lake: Lake, config: str | None) -> None:
    write(lake, EVENTS, LAST, [event("someone", 50, "view", "video-1")])
    run(lake, config)
    assert online(lake, config, "new") == NOBODY
    assert online(lake, config, "ann").actions == ["view", "order", "like"]
    assert online(lake, config, "bo").actions == ["view"]
    assert online(lake, config, "someone").timestamps == [midnight(2) + 2 * 3_600]


def test_a_corrected_day_replaces_what_was_read_of_it(lake: Lake, config: str | None) -> None:
    write(lake, EVENTS, LAST, [event("new", 50, "like", "video-1")])
    run(lake, config)
    assert online(lake, config, "new").actions == ["like"]


def test_an_earlier_corrected_day_reaches_every_later_history(lake: Lake, config: str | None) -> None:
    write(lake, EVENTS, START, [event("ann", 2, "order", "cat-bed")])
    run(lake, config)
    assert online(lake, config, "bo") == NOBODY
    assert online(lake, config, "ann").actions == ["order", "like", "click"]
    assert online(lake, config, "new").actions == ["view", "order"]


@pytest.mark.parametrize("day", [MIDDLE, LAST])
def test_a_day_that_is_gone_is_forgotten(lake: Lake, config: str | None, day: date) -> None:
    lake.delete(EVENTS, day)
    run(lake, config, max(lake.days(EVENTS)))
    left = {MIDDLE: ["view", "order", "click"], LAST: ["view", "order", "like"]}
    assert online(lake, config, "ann").actions == left[day]
    assert (online(lake, config, "new") == NOBODY) == (day == LAST)


def test_a_killed_correction_is_repeated(
    lake: Lake, config: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.delete(EVENTS, LAST)
    with monkeypatch.context() as patched:
        patched.setattr(step, "take_back_rows", killed)
        with pytest.raises(KeyboardInterrupt):
            run(lake, config, MIDDLE)
    run(lake, config, MIDDLE)
    assert online(lake, config, "new") == NOBODY


def test_a_store_that_others_filled_knows_nobody_else_afterwards(lake: Lake, config: str | None) -> None:
    lake.path("lineage", "online").rename(lake.path("forgotten"))
    lake.delete(EVENTS, LAST)
    run(lake, config, MIDDLE)
    assert online(lake, config, "new") == NOBODY
    assert online(lake, config, "ann").actions == ["view", "order", "like"]


def test_a_first_day_that_went_with_the_record_is_forgotten_even_after_a_kill(
    lake: Lake, config: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.path("lineage", "online").rename(lake.path("forgotten"))
    lake.delete(EVENTS, START)
    with monkeypatch.context() as patched:
        patched.setattr(step, "take_back_rows", killed)
        with pytest.raises(KeyboardInterrupt):
            run(lake, config)
    run(lake, config)
    assert online(lake, config, "bo") == NOBODY
    assert online(lake, config, "ann").actions == ["like", "click"]


def test_only_new_days_are_written_where_nothing_was_corrected(
    lake: Lake, config: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, "take_back_rows", lambda *_, **__: pytest.fail("nothing was corrected"))
    after = LAST + timedelta(days=1)
    write(lake, EVENTS, after, [event("ann", 73, "view", "video-1")])
    run(lake, config, after)
    assert online(lake, config, "ann").actions == ["view", "order", "like", "click", "view"]


def test_users_are_listed_by_the_age_of_their_history(lake: Lake, config: str | None) -> None:
    store = open_store(lake=lake.root, config=config)
    rows = online_rows(store, USER_HISTORY)
    assert rows is not None
    since = pd.Timestamp(midnight(3), unit="s", tz="UTC").to_pydatetime()
    assert sorted(rows.users_since(since)) == ["ann", "new"]
    rows.remove(["ann", "nobody"])
    assert rows.users_since(since) == ["new"]


def test_what_other_views_of_a_project_hold_stays(tmp_path: Path, redis_server: RedisServer) -> None:
    lake, config = deliver(tmp_path / "lake"), str(redis_server.feature_store(tmp_path))
    run(lake, config)
    rows = online_rows(open_store(lake=lake.root, config=config), USER_HISTORY)
    assert rows is not None
    with redis_server.client() as client:
        (key,) = [key for key in client.scan_iter() if b"new" in key]
        client.hset(key, "_ts:theirs", "1")
        rows.remove(["new"])
        assert client.hgetall(key) == {b"_ts:theirs": b"1"}


@pytest.fixture
def other_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A lake with features, and an online store that cannot list its users."""
    monkeypatch.setattr("components.register_features.corrected_rows.online_rows", lambda *_: None)
    lake = deliver(tmp_path / "lake")
    build(lake)
    return lake


def filled(lake: Lake) -> int:
    build(lake)
    return step.materialize(open_store(lake=lake.root), lake=lake.root)


def test_a_store_is_named_that_refuses_a_correction(tmp_path: Path) -> None:
    text = LOCAL.read_text(encoding="utf-8").replace("type: sqlite", "type: remote")
    other = tmp_path / "other.yaml"
    other.write_text(text.replace('path: "${AIRLOOM_LAKE}/feast/online.db"', ""), encoding="utf-8")
    store = open_store(lake=str(tmp_path), config=str(other))
    require_rows_to_take_back(store, USER_HISTORY, since=date.min)
    with pytest.raises(AirloomError, match="cannot take rows back from RemoteOnlineStore"):
        require_rows_to_take_back(store, USER_HISTORY, since=LAST)


def test_another_kind_of_store_is_filled_and_refuses_a_correction_however_often(other_store: Lake) -> None:
    register(other_store.root, day=LAST, config=None)
    assert online(other_store, None, "ann").actions == ["view", "order", "like", "click"]
    assert filled(other_store) == 0
    write(other_store, EVENTS, START, [event("ann", 2, "order", "cat-bed")])
    for _ in range(2):
        with pytest.raises(AirloomError, match=f"A day since {START} was corrected or removed"):
            filled(other_store)


def test_a_killed_first_run_of_another_kind_of_store_is_repeated(
    other_store: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(FeatureStore, "materialize", killed)
        with pytest.raises(KeyboardInterrupt):
            register(other_store.root, day=LAST, config=None)
    assert filled(other_store) == 3
    assert online(other_store, None, "ann").actions == ["view", "order", "like", "click"]
