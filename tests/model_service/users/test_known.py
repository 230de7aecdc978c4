from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from model_service.users.known import Users
from model_service.users.redis_tails import RedisTails, connect
from model_service.users.tails import MemoryTails, TailEvent
from tests.model_service.shop import NOON, USERS
from tests.redis_server import RedisServer

EVENT = TailEvent("e1", NOON, "view", "blender-01")


def history(user_id: str) -> tuple[list[str], list[str], list[int]]:
    return USERS.get(user_id, ([], [], []))


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis that the test may do anything to."""
    server = RedisServer(tmp_path)
    yield server
    server.thaw()
    server.kill()


def test_both_sources_are_read() -> None:
    tails = MemoryTails()
    tails.add("watches-smoothies", [EVENT])
    known = Users(history, tails).read("watches-smoothies")
    assert known.object_ids == ["video-smoothie", "video-smoothie", "blender-01"]
    assert known.actions == ["view", "like", "view"]
    assert known.timestamps == [NOON - 7200, NOON - 3600, NOON]
    assert known.failed == []
    assert len(USERS["watches-smoothies"][0]) == 2  # what the store gave is not changed


def test_a_store_that_times_out_costs_its_patience_once() -> None:
    asked: list[str] = []

    def hangs(user_id: str) -> tuple[list[str], list[str], list[int]]:
        asked.append(user_id)
        time.sleep(0.05)
        raise TimeoutError

    tails = MemoryTails()
    tails.add("u", [EVENT])
    users = Users(hangs, tails)
    for _ in range(50):
        known = users.read("u")
        assert known.failed == ["user_store"]
        assert known.object_ids == ["blender-01"]
    assert len(asked) < 5


def wait(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until, "it never came about"
        time.sleep(0.02)


@pytest.mark.parametrize("fault", ["kill", "freeze"])
def test_live_events_come_back_after_redis_does(own_redis: RedisServer, fault: str) -> None:
    tails = RedisTails(connect(own_redis.url))
    tails.add("watches-smoothies", [EVENT])
    users = Users(history, tails)
    assert users.read("watches-smoothies").object_ids[-1] == "blender-01"
    getattr(own_redis, fault)()
    slowest = 0.0
    for _ in range(50):
        began = time.monotonic()
        known = users.read("watches-smoothies")
        slowest = max(slowest, time.monotonic() - began)
        assert known.failed == ["live_events"]
        assert known.object_ids == ["video-smoothie", "video-smoothie"]
    assert slowest < 1.0
    own_redis.start() if fault == "kill" else own_redis.thaw()
    wait(lambda: users.read("watches-smoothies").failed == [])
    tails.add("watches-smoothies", [EVENT])
    assert users.read("watches-smoothies").object_ids[-1] == "blender-01"


def test_what_others_wrote_into_redis_does_no_harm(own_redis: RedisServer) -> None:
    client = own_redis.client()
    client.set("airloom:tail:u", "not a hash")
    users = Users(history, RedisTails(client))
    assert users.read("u").failed == ["live_events"]
