"""Real services that are sent the same events again: after a kill, a restart, and by other processes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from airloom.logs.lake import Lake
from model_service.grpc import airloom_pb2 as pb
from model_service.grpc.airloom_pb2_grpc import RankingStub
from tests.model_service.calls import send
from tests.model_service.conftest import PATIENCE_S, ServiceProcess, Shop, serving, started
from tests.model_service.landed_events import landed_event_ids
from tests.redis_server import RedisServer

ORDER = {
    "event_id": "order-1",
    "user_id": "retry-a",
    "action": "order",
    "object_id": "blender-03",
    "quantity": 1,
    "unit_price": 50.0,
    "currency": "EUR",
}
NEW = {"accepted": 1, "repeated": 0, "degraded": []}
REPEATED = {"accepted": 0, "repeated": 1, "degraded": []}


@pytest.fixture
def home(shop: Shop, tmp_path: Path) -> Shop:
    return shop._replace(lake=tmp_path / "lake")


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    yield server
    server.kill()


def stop(service: ServiceProcess) -> None:
    service.process.terminate()
    assert service.process.wait(PATIENCE_S) == 0


def test_an_order_counts_once_whatever_happens_to_the_service(home: Shop, tmp_path: Path) -> None:
    with started(home, tmp_path) as service:
        assert send(service, ORDER) == NEW
        assert send(service, ORDER) == REPEATED
        service.process.kill()
        service.process.wait()
    with started(home, tmp_path) as service:
        assert send(service, ORDER) == REPEATED
        at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        assert send(service, ORDER | {"at": at}) == REPEATED  # the id decides, not the time
        stop(service)
    with started(home, tmp_path) as service, started(home, tmp_path) as other:
        assert send(service, ORDER) == REPEATED
        assert send(other, ORDER, ORDER | {"event_id": "order-2"})["accepted"] == 1
        assert send(service, ORDER | {"event_id": "order-2"}) == REPEATED
        stop(other)
        stop(service)
    assert landed_event_ids(Lake(home.lake)) == {"order-1": 1, "order-2": 1}


def test_a_batch_of_one_user_is_repeated_whole(home: Shop, tmp_path: Path) -> None:
    """A user has more events than pages read."""
    events = [
        {"event_id": f"b-{n}", "user_id": "retry-b", "action": "click", "object_id": f"blender-{n % 20:02}"}
        for n in range(300)
    ]
    with started(home, tmp_path) as service:
        assert send(service, *events) == {"accepted": 300, "repeated": 0, "degraded": []}
        assert send(service, *events) == {"accepted": 0, "repeated": 300, "degraded": []}
        stop(service)
    assert set(landed_event_ids(Lake(home.lake)).values()) == {1}


def test_machines_that_share_a_redis_know_each_others_events(
    home: Shop, tmp_path: Path, redis: RedisServer
) -> None:
    def words(name: str) -> list[str]:
        return ["--live-redis", redis.url, "--journal", str(tmp_path / name)]

    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    with started(home, tmp_path / "one", *words("one")) as one:
        assert send(one, ORDER) == NEW
        with started(home, tmp_path / "other", *words("other")) as other:
            assert send(other, ORDER) == REPEATED
            assert other.client.delete("/v1/users/retry-a").json()["degraded"] == []
            assert send(other, ORDER) == NEW  # of somebody whom nobody knows any more
            stop(other)
        stop(one)


def test_a_request_id_is_one_page_over_http_and_grpc(shop: Shop, tmp_path: Path) -> None:
    home = shop._replace(lake=tmp_path / "lake")
    shutil.copytree(shop.lake, home.lake, ignore=shutil.ignore_patterns("journal", "landing"))
    request: dict[str, Any] = {"user_id": "watches-smoothies", "request_id": "checkout-page", "k": 3}
    with serving(home, tmp_path) as service, grpc.insecure_channel(service.grpc) as channel:
        page = service.client.post("/v1/rank", json=request)
        assert page.status_code == httpx.codes.OK
        assert service.client.post("/v1/rank", json=request).content == page.content
        refused = service.client.post("/v1/rank", json=request | {"user_id": "somebody-else"})
        assert refused.status_code == httpx.codes.CONFLICT
        assert refused.json()["detail"][0]["loc"] == ["request_id"]
        with pytest.raises(grpc.RpcError) as caught:
            RankingStub(channel).Rank(pb.RankRequest(user_id="w", request_id="checkout-page"), timeout=30)
        assert caught.value.code() is grpc.StatusCode.ALREADY_EXISTS
        same = RankingStub(channel).Rank(pb.RankRequest(**request), timeout=30)
        assert [item.object_id for item in same.items] == [item["object_id"] for item in page.json()["items"]]
        service.process.kill()
        service.process.wait()
    (tmp_path / "ready").unlink()
    with serving(home, tmp_path) as service:
        assert service.client.post("/v1/rank", json=request).status_code == httpx.codes.CONFLICT
        stop(service)
