from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import httpx
import pandas as pd
import pytest

from airloom.ranking.air import AirRanker
from airloom.ranking.snapshot import Snapshot
from airloom.settings import as_dict
from airloom.telemetry import switch_off
from tests.airloom.ranking.small_shop import untrained
from tests.model_service.shop import EXPERIMENT, NOON, USERS, make_snapshot

switch_off()

PATIENCE_S = 300
"""What a start or a stop may take on a machine that is busy with other things."""


class Shop(NamedTuple):
    """Where the shop lies on disk, as the pipelines leave it.

    Attributes:
        lake: Root of its lake: a snapshot, and users' events in Feast's sqlite.
        registry: URI of an MLflow registry with an untrained AIR model, under the alias champion.
        experiment: The file that holds `EXPERIMENT`.
    """

    lake: Path
    registry: str
    experiment: Path


class ServiceProcess(NamedTuple):
    """A running service.

    Attributes:
        url: Its base URL.
        grpc: Where it serves gRPC.
        client: Speaks to it over one kept connection.
        process: The process itself.
        log: What it printed.
    """

    url: str
    grpc: str
    client: httpx.Client
    process: subprocess.Popen[bytes]
    log: Path


@pytest.fixture(scope="session")
def snapshot() -> Snapshot:
    return make_snapshot()


@pytest.fixture(scope="session")
def ranker(snapshot: Snapshot) -> AirRanker:
    return untrained(snapshot, seed=1)


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory, ranker: AirRanker) -> str:
    import mlflow

    folder = tmp_path_factory.mktemp("registry")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    ranker.save(folder / "model" / "artifacts" / "ranker")
    (folder / "model" / "MLmodel").write_text("flavors: {}\n", encoding="utf-8")
    client = mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.create_registered_model("airloom-ranker")
    version = client.create_model_version("airloom-ranker", source=str(folder / "model"))
    client.set_registered_model_alias("airloom-ranker", "champion", version.version)
    return uri


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, snapshot: Snapshot, registry: str) -> Shop:
    from feature_repo.store import apply, open_store

    lake = tmp_path_factory.mktemp("lake")
    saved = snapshot.save(lake / "snapshots")
    current = {"digest": saved.digest, "as_of": saved.before}
    (lake / "snapshots" / "current.json").write_text(json.dumps(current), encoding="utf-8")
    experiment = lake / "experiment.json"
    experiment.write_text(json.dumps(as_dict(EXPERIMENT)), encoding="utf-8")
    store = open_store(lake=str(lake))
    apply(store, lake=str(lake))
    rows = [(user, *events, datetime.fromtimestamp(NOON, UTC)) for user, events in USERS.items()]
    columns = ["user_id", "object_ids", "actions", "timestamps", "event_timestamp"]
    store.write_to_online_store("user_history", df=pd.DataFrame(rows, columns=columns))
    return Shop(lake, registry, experiment)


def free_address() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


@contextmanager
def started(shop: Shop, folder: Path, *arguments: str) -> Iterator[ServiceProcess]:
    """A service of its own that lives, ready or not; with more arguments than it needs.

    It writes below `folder`, also what is temporary.
    """
    http, grpc, log = free_address(), free_address(), folder / "service.log"
    command = [
        *(sys.executable, "-m", "model_service", "--lake", str(shop.lake), "--mlflow-uri", shop.registry),
        *("--experiment", str(shop.experiment), "--port", http.partition(":")[2]),
        *("--ready-file", str(folder / "ready"), "--grpc", grpc, *arguments),
    ]
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        environment = os.environ | {"TMPDIR": str(temporary)}
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        with httpx.Client(base_url=f"http://{http}", timeout=30) as client:
            running = ServiceProcess(f"http://{http}", grpc, client, process, log)
            wait_for(running, lambda: _lives(client))
            yield running
    finally:
        process.kill()
        process.wait()


def _lives(client: httpx.Client) -> bool:
    try:
        return client.get("/livez").status_code == httpx.codes.OK
    except httpx.ConnectError:
        return False


def wait_for(service: ServiceProcess, holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail with what the service printed if it ends before."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        if service.process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"the service did not get there:\n{service.log.read_text(encoding='utf-8')}")
        time.sleep(0.05)


@contextmanager
def serving(shop: Shop, folder: Path, *arguments: str) -> Iterator[ServiceProcess]:
    """A service of its own over a shop that is ready, with more arguments than it needs."""
    with started(shop, folder, *arguments) as running:
        wait_for(running, (folder / "ready").exists)
        assert (folder / "ready").read_text(encoding="utf-8") == f"{running.url}\n"
        yield running


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """A service over an empty lake and no registry, as a cluster starts it before the first daily run."""
    folder = tmp_path_factory.mktemp("waiting")
    experiment = folder / "experiment.json"
    experiment.write_text(json.dumps(as_dict(EXPERIMENT)), encoding="utf-8")
    nothing = Shop(folder / "lake", f"sqlite:///{folder / 'registry' / 'mlflow.db'}", experiment)
    with started(nothing, folder) as running:
        wait_for(running, lambda: "Looking again" in running.log.read_text(encoding="utf-8"))
        yield running


@pytest.fixture(scope="module")
def service(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """One for all tests of a file."""
    with serving(shop, tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait until something holds; fail after a minute."""

    def wait(holds: Callable[[], bool]) -> None:
        until = time.monotonic() + 60
        while not holds():
            if time.monotonic() > until:
                pytest.fail("it never came about")
            time.sleep(0.01)

    return wait
