"""MLflow, started as its pod starts it, stays below what the pod requests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import yaml

from k8s.check.__main__ import OVERLAYS
from k8s.check.quantities import quantity

STATEFUL_SET = OVERLAYS.parent / "base" / "mlflow" / "statefulset.yaml"


@pytest.fixture(scope="module")
def container() -> dict[str, Any]:
    """MLflow's container in the manifest."""
    documents = list(yaml.safe_load_all(STATEFUL_SET.read_text(encoding="utf-8")))
    container: dict[str, Any] = documents[-1]["spec"]["template"]["spec"]["containers"][0]
    return container


@pytest.fixture(scope="module")
def server(container: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[psutil.Process]:
    """The server with the manifest's command, arguments and environment; its folder and port are ours."""
    folder, port = tmp_path_factory.mktemp("mlflow"), _free_port()
    given = [word.replace("/data", str(folder)) for word in container["args"]]
    replaced = {"--host=0.0.0.0": "--host=127.0.0.1", "--port=5000": f"--port={port}"}
    assert replaced.keys() <= set(given)
    mlflow = shutil.which(container["command"][0], path=str(Path(sys.executable).parent))
    environment = {variable["name"]: variable["value"] for variable in container["env"]}
    started = subprocess.Popen(
        [str(mlflow), *container["command"][1:], *(replaced.get(word, word) for word in given)],
        env=os.environ | environment,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    process = psutil.Process(started.pid)
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}/health", started)
        yield process
    finally:
        for one in [*process.children(recursive=True), process]:
            one.kill()
        started.wait()


def test_the_server_holds_less_than_its_pod_requests(
    container: dict[str, Any], server: psutil.Process
) -> None:
    """The job runner, which Airloom does not use, would be eight more processes of 1.1 GB in all."""
    held = sum(one.memory_full_info().uss for one in [server, *server.children(recursive=True)])

    requested = quantity(container["resources"]["requests"]["memory"])
    assert requested is not None
    assert held < requested


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_until_healthy(url: str, started: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        assert started.poll() is None, "the server ended by itself"
        try:
            if httpx.get(url, timeout=5).status_code == httpx.codes.OK:
                time.sleep(3)  # the job runner starts after the server answers
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    pytest.fail("the server does not answer")
