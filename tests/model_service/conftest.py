from __future__ import annotations

import json
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


class Service(NamedTuple):
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
    current = {"digest": saved.digest, "as_of": saved.as_of}
    (lake / "snapshots" / "current.json").write_text(json.dumps(current), encoding="utf-8")
    experiment = lake / "experiment.json"
    experiment.write_text(json.dumps(as_dict(EXPERIMENT)), encoding="utf-8")
    store = open_store(lake=str(lake))
    apply(store, lake=str(lake))
    rows = [(user, *events, datetime.fromtimestamp(NOON, UTC)) for user, events in USERS.items()]
    columns = ["user_id", "object_ids", "actions", "timestamps", "event_timestamp"]
    store.write_to_online_store("user_history", df=pd.DataFrame(rows, columns=columns))
    return Shop(lake, registry, experiment)


@contextmanager
def serving(shop: Shop, folder: Path, *arguments: str) -> Iterator[Service]:
    """A service of its own over a shop, with more arguments than it needs."""
    ready, log = folder / "ready", folder / "service.log"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        grpc = f"127.0.0.1:{free.getsockname()[1]}"
    command = [
        *(sys.executable, "-m", "model_service", "--lake", str(shop.lake), "--mlflow-uri", shop.registry),
        *("--experiment", str(shop.experiment), "--port", "0", "--ready-file", str(ready)),
        *("--grpc", grpc, *arguments),
    ]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the service did not start:\n{log.read_text(encoding='utf-8')}")
            time.sleep(0.05)
        url = ready.read_text(encoding="utf-8").strip()
        with httpx.Client(base_url=url, timeout=30) as client:
            yield Service(url, grpc, client, process, log)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def service(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One for all tests of a file; its last may stop it."""
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
