"""A real process that is started before there is anything to serve, as a cluster starts it."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import time
from pathlib import Path

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake
from model_service.grpc import airloom_pb2 as pb
from model_service.grpc.airloom_pb2_grpc import RankingStub
from model_service.grpc.server import SERVICE
from tests.model_service.calls import rank, send, start
from tests.model_service.conftest import PATIENCE_S, ServiceProcess, Shop, started, wait_for

NO_SNAPSHOT = r"There is no snapshot yet: .*current\.json is missing\. Start the first daily run: .*\."
AT_ONCE_S = 20
"""For the end of a process on a machine that is busy; a look every five seconds is not waited for."""


def explain(service: ServiceProcess) -> httpx.Response:
    return service.client.post("/v1/explain", json={"user_id": "u", "object_id": "blender-03"})


def health(service: ServiceProcess) -> int:
    with grpc.insecure_channel(service.grpc) as channel:
        request = health_pb2.HealthCheckRequest(service=SERVICE)
        return int(health_pb2_grpc.HealthStub(channel).Check(request, timeout=30).status)


def test_it_lives_and_is_not_ready_and_says_what_is_missing(waiting: ServiceProcess) -> None:
    assert waiting.client.get("/livez").status_code == httpx.codes.OK
    response = waiting.client.get("/readyz")
    assert response.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert response.json().keys() == {"ready", "why", "since"}
    assert response.json()["ready"] is False
    assert re.search(NO_SNAPSHOT, response.json()["why"])
    assert not waiting.log.with_name("ready").exists()


def test_pages_are_refused_for_now(waiting: ServiceProcess) -> None:
    for response in (waiting.client.post("/v1/rank", json={"user_id": "u"}), explain(waiting)):
        assert response.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert response.headers["retry-after"] == "5"
        assert re.search(NO_SNAPSHOT, response.json()["error"])
        assert response.json()["detail"] == []
    assert waiting.client.post("/v1/rank", json={}).status_code == httpx.codes.BAD_REQUEST


def test_grpc_says_that_it_does_not_serve_and_takes_events(waiting: ServiceProcess) -> None:
    event = pb.Event(event_id="g", user_id="acts", action="view", object_id="video-smoothie")
    with grpc.insecure_channel(waiting.grpc) as channel:
        with pytest.raises(grpc.RpcError) as caught:
            RankingStub(channel).Rank(pb.RankRequest(user_id="u"), timeout=30)
        assert RankingStub(channel).Ingest(pb.IngestRequest(events=[event]), timeout=30).accepted == 1
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert re.search(NO_SNAPSHOT, caught.value.details())
    assert health(waiting) == health_pb2.HealthCheckResponse.NOT_SERVING


def test_events_are_on_the_disk_and_users_are_forgotten(waiting: ServiceProcess) -> None:
    event = {"event_id": "waits", "user_id": "acts", "action": "like", "object_id": "video-smoothie"}
    assert send(waiting, event) == {"accepted": 1, "repeated": 0, "degraded": []}
    journal = waiting.log.with_name("lake") / "journal"
    assert any("video-smoothie" in file.read_text() for file in journal.rglob("*") if file.is_file())
    assert waiting.client.delete("/v1/users/u").json()["degraded"] == []


@pytest.mark.parametrize("path", ["/metrics", "/", "/docs.json"])
def test_what_needs_nothing_is_answered(waiting: ServiceProcess, path: str) -> None:
    assert waiting.client.get(path).status_code == httpx.codes.OK


def test_it_takes_the_first_snapshot_and_model_that_appear(waiting: ServiceProcess, shop: Shop) -> None:
    """The last test with this service: it is ready after it, and stopped."""
    folder = waiting.log.parent
    lake, registry = folder / "lake", folder / "registry"
    # as the daily run leaves it: features first, then the snapshot, and what points to it last of all
    shutil.copytree(shop.lake / "feast", lake / "feast")
    pointer = lake / "snapshots" / "current.json"
    shutil.copytree(shop.lake / "snapshots", pointer.parent, ignore=shutil.ignore_patterns(pointer.name))
    shutil.copy(shop.lake / "snapshots" / pointer.name, pointer.with_suffix(".tmp"))
    pointer.with_suffix(".tmp").rename(pointer)
    wait_for(waiting, lambda: "no model registry" in waiting.client.get("/readyz").json()["why"])
    assert health(waiting) == health_pb2.HealthCheckResponse.NOT_SERVING

    registry.mkdir()
    shutil.copy(shop.registry.removeprefix("sqlite:///"), registry / "mlflow.tmp")
    (registry / "mlflow.tmp").rename(registry / "mlflow.db")
    wait_for(waiting, (folder / "ready").exists)

    response = waiting.client.get("/readyz")
    assert response.status_code == httpx.codes.OK
    assert response.json()["ready"] is True
    assert response.json()["refused"] is None
    assert (folder / "ready").read_text(encoding="utf-8") == f"{waiting.url}\n"
    assert rank(waiting, preview_variant="air")["degraded"] == []  # its history came after the process
    assert rank(waiting, "acts", at=None)["degraded"] == []  # what was sent meanwhile is seen
    assert explain(waiting).status_code == httpx.codes.OK
    wait_for(waiting, lambda: health(waiting) == health_pb2.HealthCheckResponse.SERVING)
    with grpc.insecure_channel(waiting.grpc) as channel:
        assert RankingStub(channel).Rank(pb.RankRequest(user_id="u"), timeout=30).items

    waiting.process.terminate()
    assert waiting.process.wait(PATIENCE_S) == 0
    landed = Lake(lake)
    [today] = landed.days(landed.landing(EVENTS))
    assert landed.read(landed.landing(EVENTS), since=today, through=today).num_rows == 2
    first, second, third = waiting.log.read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(rf"{NO_SNAPSHOT} Looking again every 5 s\.", first)
    assert str(pointer) in first
    assert re.fullmatch(r"There is no model registry at .*training\. Looking again every 5 s\.", second)
    assert third == f"Serving at {waiting.url} (Ctrl-C stops it; try {waiting.url}/docs.json)"


@pytest.mark.parametrize(("signals", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_can_be_ended_while_it_waits(
    shop: Shop, tmp_path: Path, signals: signal.Signals, status: int
) -> None:
    with started(shop._replace(lake=tmp_path / "lake"), tmp_path) as running:
        began = time.monotonic()
        running.process.send_signal(signals)
        assert running.process.wait(PATIENCE_S) == status
        assert time.monotonic() - began < AT_ONCE_S
        assert "Traceback" not in running.log.read_text(encoding="utf-8")


def test_a_registry_that_never_answers_does_not_keep_it_from_ending(shop: Shop, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE_S)
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with started(shop._replace(registry=uri), tmp_path) as running:
            connection, _ = silent.accept()  # the look has begun, and hangs
            with connection:
                assert running.client.get("/livez").status_code == httpx.codes.OK
                began = time.monotonic()
                running.process.terminate()
                assert running.process.wait(PATIENCE_S) == 0
                assert time.monotonic() - began < AT_ONCE_S
        assert running.log.read_text(encoding="utf-8") == ""


def test_a_ranker_that_cannot_exist_ends_it_at_once(tmp_path: Path) -> None:
    experiment = tmp_path / "e.json"
    one = {"name": "a", "share": 1.0, "ranker": "aire"}
    experiment.write_text(json.dumps({"name": "e", "salt": "", "control": "a", "variants": [one]}))
    ended = start(
        *("--lake", str(tmp_path / "lake"), "--mlflow-uri", f"sqlite:///{tmp_path / 'mlflow.db'}"),
        *("--experiment", str(experiment), "--port", "0"),
    )
    assert ended.returncode == 1
    assert re.fullmatch(r"'aire' names no ranker\. Use air, [^\n]*\.\n", ended.stderr)
    assert ended.stdout == ""
