"""A service with both sources of users' events in one real Redis, to which everything happens under load."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pandas as pd
import pytest

from feature_repo.store import open_store
from tests.model_service.conftest import ServiceProcess, Shop, serving
from tests.model_service.shop import NOON, USERS
from tests.redis_server import RedisServer

USER = "watches-smoothies"
AT = "2026-03-01T12:00:00Z"
PAGES_DURING = 100
"""Pages that must be answered while something is broken."""


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.thaw()
    server.kill()


@pytest.fixture(scope="module")
def feature_store(redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return redis.feature_store(tmp_path_factory.mktemp("config"))


@pytest.fixture
def fill(shop: Shop, feature_store: Path) -> Callable[[], None]:
    """Write what the daily run would have written."""

    def fill() -> None:
        store = open_store(lake=str(shop.lake), config=str(feature_store))
        rows = [(user, *events, datetime.fromtimestamp(NOON, UTC)) for user, events in USERS.items()]
        columns = ["user_id", "object_ids", "actions", "timestamps", "event_timestamp"]
        store.write_to_online_store("user_history", df=pd.DataFrame(rows, columns=columns))

    return fill


@pytest.fixture(scope="module")
def service(
    shop: Shop, redis: RedisServer, feature_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServiceProcess]:
    words = ("--feature-store", str(feature_store), "--live-redis", redis.url)
    with serving(shop, tmp_path_factory.mktemp("service"), *words) as running:
        yield running


class BackgroundLoad:
    """Pages and events from two connections at once, until it is stopped; counts what was answered."""

    def __init__(self, url: str) -> None:
        self.statuses: Counter[int] = Counter()
        self.degraded: Counter[str] = Counter()
        self.pages = 0
        self._broken: list[Exception] = []
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(url, ask)) for ask in (self._page, self._event)
        ]

    def __enter__(self) -> BackgroundLoad:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        assert not self._broken, self._broken

    def wait(self, pages: int = PAGES_DURING) -> None:
        """Until so many more pages were answered."""
        until, deadline = self.pages + pages, time.monotonic() + 60
        while self.pages < until:
            assert time.monotonic() < deadline, f"{self.statuses}, {self.degraded}"
            time.sleep(0.01)

    def _run(self, url: str, ask: Callable[[httpx.Client, int], httpx.Response]) -> None:
        try:
            self._ask(url, ask)
        except Exception as error:  # noqa: BLE001 - a thread that dies would be seen by nobody
            self._broken.append(error)

    def _ask(self, url: str, ask: Callable[[httpx.Client, int], httpx.Response]) -> None:
        number = 0
        with httpx.Client(base_url=url, timeout=30) as client:
            while not self._stopping.is_set():
                number += 1
                response = ask(client, number)
                self.statuses[response.status_code] += 1
                self.degraded.update(response.json().get("degraded", ["refused"]))

    def _page(self, client: httpx.Client, _: int) -> httpx.Response:
        response = client.post("/v1/rank", json={"user_id": USER, "at": AT})
        self.pages += 1
        return response

    def _event(self, client: httpx.Client, number: int) -> httpx.Response:
        event = {"event_id": f"{id(self)}-{number}", "user_id": "acts", "action": "view", "object_id": "v"}
        return client.post("/v1/events", json={"events": [event]})


def page(service: ServiceProcess) -> dict[str, object]:
    response: dict[str, object] = service.client.post("/v1/rank", json={"user_id": USER, "at": AT}).json()
    return response


def kill(redis: RedisServer) -> None:
    redis.kill()


def freeze(redis: RedisServer) -> None:
    redis.freeze()


def corrupt(redis: RedisServer) -> None:
    with redis.client() as client:
        for key in client.scan_iter("*"):
            if client.type(key) != b"hash":
                client.set(key, b"\xff\xff")
                continue
            for field in client.hkeys(key):
                client.hset(key, field, b"\xff\xff")
        client.delete("airloom:tail:" + USER)
        client.set("airloom:tail:" + USER, "no hash")


@pytest.mark.parametrize("break_it", [kill, freeze, corrupt])
def test_pages_and_events_are_answered_whatever_happens_to_redis(
    service: ServiceProcess,
    redis: RedisServer,
    fill: Callable[[], None],
    eventually: Callable[[Callable[[], bool]], None],
    break_it: Callable[[RedisServer], None],
) -> None:
    fill()
    eventually(lambda: page(service)["degraded"] == [])

    with BackgroundLoad(service.url) as load:
        load.wait()
        break_it(redis)
        load.wait()
        assert page(service)["degraded"] != []
        if break_it is kill:
            redis.start()
        redis.thaw()
        with redis.client() as client:
            client.flushall()
        fill()
        eventually(lambda: page(service)["degraded"] == [])
        load.wait()

    assert set(load.statuses) == {httpx.codes.OK}
    assert set(load.degraded) <= {"user_store", "live_events", "unknown_user"}


def test_a_redis_that_comes_and_goes_is_used_in_the_end(
    service: ServiceProcess,
    redis: RedisServer,
    fill: Callable[[], None],
    eventually: Callable[[Callable[[], bool]], None],
) -> None:
    fill()
    with BackgroundLoad(service.url) as load:
        for _ in range(5):
            redis.kill()
            load.wait(20)
            redis.start()
            load.wait(20)
            redis.freeze()
            load.wait(20)
            redis.thaw()
        fill()
        eventually(lambda: page(service)["degraded"] == [])
    assert set(load.statuses) == {httpx.codes.OK}


def test_a_full_redis_costs_live_events_but_none_of_the_log(
    service: ServiceProcess,
    redis: RedisServer,
    fill: Callable[[], None],
    eventually: Callable[[Callable[[], bool]], None],
) -> None:
    fill()
    with redis.client() as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", 1)
    event = {"event_id": "full", "user_id": "full", "action": "view", "object_id": "video-smoothie"}
    response = service.client.post("/v1/events", json={"events": [event]})
    assert (response.status_code, response.json()) == (
        httpx.codes.OK,
        {"accepted": 1, "repeated": 0, "degraded": ["live_events"]},
    )
    assert page(service)["degraded"] == []  # it can still be read
    with redis.client() as client:
        client.config_set("maxmemory", 0)
    event |= {"event_id": "room"}
    eventually(lambda: service.client.post("/v1/events", json={"events": [event]}).json()["degraded"] == [])
