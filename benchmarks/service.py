"""The service that a benchmark measures: over a copy of a home, with a store of its own."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from airloom.errors import AirloomError
from components.register_features.materialize import materialize
from feature_repo.store import open_store
from pipelines.demo.service_process import running_service
from pipelines.home import Home

STORE: Final = """project: airloom
provider: local
registry:
  registry_type: file
  path: {lake}/feast/registry.db
  cache_ttl_seconds: 0
offline_store:
  type: duckdb
online_store:
  type: redis
  connection_string: 127.0.0.1:{port},socket_timeout=0.05
entity_key_serialization_version: 3
"""


class Service(NamedTuple):
    """Where it listens, and how long it took to be ready."""

    host: str
    port: int
    grpc: str
    pid: int
    ready_s: float

    @property
    def url(self) -> str:
        """The HTTP base URL."""
        return f"http://{self.host}:{self.port}"


@contextmanager
def serving(home: Home, folder: Path, *, store: str, variant: str) -> Iterator[Service]:
    """Run the service with its own Feast store: the lake's sqlite, or a Redis that is filled first."""
    with ExitStack() as stack:
        arguments = ["--lake", str(home.lake), "--mlflow-uri", home.mlflow_uri]
        experiment = folder / "experiment.json"
        everyone = {"name": variant, "share": 1.0, "ranker": variant}
        experiment.write_text(
            json.dumps({"name": "latency", "salt": "", "control": variant, "variants": [everyone]}),
            encoding="utf-8",
        )
        if store == "redis":
            port = stack.enter_context(_redis(folder))
            config = folder / "feature_store.yaml"
            config.write_text(STORE.format(lake=home.lake, port=port), encoding="utf-8")
            materialize(open_store(lake=str(home.lake), config=str(config)), lake=str(home.lake))
            arguments += ["--feature-store", str(config), "--live-redis", f"redis://127.0.0.1:{port}/1"]
        rpc = f"127.0.0.1:{_free_port()}"
        arguments += ["--experiment", str(experiment), "--grpc", rpc]
        began = time.perf_counter()
        running = stack.enter_context(running_service(arguments=arguments, log=folder / "service.log"))
        ready_s = time.perf_counter() - began
        host, _, port_text = running.url.removeprefix("http://").rpartition(":")
        yield Service(host, int(port_text), rpc, running.pid, ready_s)


@contextmanager
def _redis(folder: Path) -> Iterator[int]:
    program = shutil.which("redis-server")
    if program is None:
        raise AirloomError("redis-server is not installed", do="Install it, or leave out --stores redis")
    port = _free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - made here
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        else:
            raise AirloomError(f"{program} did not start on port {port}", do="Try it by hand")
        yield port
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
