from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from model_service.user_events.reader import STORE_TIMEOUT_S, UserEventReader
from model_service.user_events.recent_events import MemoryRecentEvents, RecentEvent
from model_service.user_events.redis_recent_events import RedisRecentEvents, connect
from tests.model_service.shop import NOON, USERS
from tests.redis_server import RedisServer

EVENT = RecentEvent("e1", NOON, "view", "blender-01")


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
    recent_events = MemoryRecentEvents()
    recent_events.add("watches-smoothies", [EVENT])
    known = UserEventReader(history, recent_events).read("watches-smoothies")
    assert known.object_ids == ["video-smoothie", "video-smoothie", "blender-01"]
    assert known.actions == ["view", "like", "view"]
    assert known.timestamps == [NOON - 7200, NOON - 3600, NOON]
    assert known.degraded == []
    assert len(USERS["watches-smoothies"][0]) == 2  # what the store gave is not changed


def test_a_store_that_times_out_costs_its_patience_once() -> None:
    asked: list[str] = []

    def hangs(user_id: str) -> tuple[list[str], list[str], list[int]]:
        asked.append(user_id)
        time.sleep(0.05)
        raise TimeoutError

    recent_events = MemoryRecentEvents()
    recent_events.add("u", [EVENT])
    users = UserEventReader(hangs, recent_events)
    for _ in range(50):
        known = users.read("u")
        assert known.degraded == ["user_store"]
        assert known.object_ids == ["blender-01"]
    assert len(asked) < 5


def wait(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until, "it never came about"
        time.sleep(0.02)


@pytest.mark.parametrize("fault", ["kill", "freeze"])
def test_live_events_come_back_after_redis_does(own_redis: RedisServer, fault: str) -> None:
    recent_events = RedisRecentEvents(connect(own_redis.url, timeout_s=STORE_TIMEOUT_S))
    recent_events.add("watches-smoothies", [EVENT])
    users = UserEventReader(history, recent_events)
    assert users.read("watches-smoothies").object_ids[-1] == "blender-01"
    getattr(own_redis, fault)()
    slowest = 0.0
    for _ in range(50):
        began = time.monotonic()
        known = users.read("watches-smoothies")
        slowest = max(slowest, time.monotonic() - began)
        assert known.degraded == ["live_events"]
        assert known.object_ids == ["video-smoothie", "video-smoothie"]
    assert slowest < 1.0
    own_redis.start() if fault == "kill" else own_redis.thaw()
    wait(lambda: users.read("watches-smoothies").degraded == [])
    recent_events.add("watches-smoothies", [EVENT])
    assert users.read("watches-smoothies").object_ids[-1] == "blender-01"


def test_what_others_wrote_into_redis_does_no_harm(own_redis: RedisServer) -> None:
    client = own_redis.client()
    client.set("airloom:tail:u", "not a hash")
    users = UserEventReader(history, RedisRecentEvents(client))
    assert users.read("u").degraded == ["live_events"]


def test_one_damaged_event_costs_neither_the_others_nor_the_history(own_redis: RedisServer) -> None:
    client = own_redis.client()
    recent_events = RedisRecentEvents(client)
    recent_events.add("watches-smoothies", [EVENT])
    client.hset("airloom:tail:watches-smoothies", "x", "99999999999999999999999999 view c0680")
    known = UserEventReader(history, recent_events).read("watches-smoothies")
    assert known.object_ids == ["video-smoothie", "video-smoothie", "blender-01"]
    assert known.degraded == ["live_events"]


def test_a_damaged_history_does_not_cost_the_live_events() -> None:
    recent_events = MemoryRecentEvents()
    recent_events.add("u", [EVENT])
    known = UserEventReader(lambda _: (["v1", "v2"], ["view"], [NOON]), recent_events).read("u")
    assert (known.object_ids, known.degraded) == (["blender-01"], ["user_store"])
