"""Real Feast: duckdb offline, sqlite online."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS
from components.register_features.component import register_features
from components.register_features.materialize import materialize
from feature_repo.online import UserHistoryRow, read_history
from feature_repo.store import open_store
from tests.feature_repo.small_lake import LAST, START, build, deliver, event, midnight, write


def register(lake: str) -> tuple[list[str], str]:
    views, service = register_features.python_func(lake=lake, day=str(LAST), feature_store="")
    return views, service


def test_what_was_built_is_read_online(tmp_path: Path) -> None:
    lake = deliver(tmp_path)
    build(lake)
    assert register(lake.root) == (
        ["inferred_behaviors", "object_intents", "object_profile", "user_history"],
        "ranking_user_v1",
    )
    store = open_store(lake=lake.root)
    assert read_history(store, "bo") == UserHistoryRow(["video-1"], ["view"], [midnight(0) + 3 * 3_600])
    assert read_history(store, "ann").actions == ["view", "order", "like", "click"]
    assert read_history(store, "nobody") == UserHistoryRow([], [], [])


def test_registering_again_materializes_only_what_changed(tmp_path: Path) -> None:
    lake = deliver(tmp_path)
    build(lake, START)
    register_features.python_func(lake=lake.root, day=str(START), feature_store="")
    build(lake)
    assert materialize(open_store(lake=lake.root), lake=lake.root) == 2
    assert materialize(open_store(lake=lake.root), lake=lake.root) == 0
    write(lake, EVENTS, LAST, [event("ann", 50, "view", "video-1")])
    build(lake)
    store = open_store(lake=lake.root)
    assert materialize(store, lake=lake.root) == 1
    assert read_history(store, "ann").actions == ["view", "order", "like", "view"]


def test_an_old_day_that_is_built_again_does_not_take_newer_values_back(tmp_path: Path) -> None:
    lake = deliver(tmp_path)
    build(lake)
    register(lake.root)
    before = read_history(open_store(lake=lake.root), "ann")
    register_features.python_func(lake=lake.root, day=str(START + timedelta(days=1)), feature_store="")
    assert read_history(open_store(lake=lake.root), "ann") == before


def test_a_lost_online_store_is_filled_again(tmp_path: Path) -> None:
    lake = deliver(tmp_path)
    build(lake)
    register(lake.root)
    lake.path("feast", "online.db").unlink()
    register(lake.root)
    assert read_history(open_store(lake=lake.root), "bo").object_ids == ["video-1"]


def test_says_that_features_are_missing(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match="features/user_history has no day up to"):
        register(str(tmp_path))
