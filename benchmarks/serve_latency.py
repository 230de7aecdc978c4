"""How long pages take over HTTP and gRPC, client included: by candidates, connections and feature store.

    python -m benchmarks.serve_latency --home .airloom --quick
    python -m benchmarks.serve_latency --home .airloom --json FILE

It starts the service over a home that a demo or a training has filled, with everything on: the user read from
Feast, live events, variant, intent tree, ranker, reasons, exposures. One connection shows latency at a rate
the service can bear; several show throughput, first as fast as answers come, then latency at four fifths of
that. Requests are due at fixed times whether or not earlier ones were answered (see `benchmarks.load`), and
their users and candidates are drawn from the lake with a fixed seed. Exposures go to a copy of the lake.

The floor is what the machine takes for an answer without any work (`GET /livez`) at the same rate: waking two
sleeping processes can cost as much as a page.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import grpc
import numpy as np
from google.protobuf.timestamp_pb2 import Timestamp

from airloom.bench.run import machine
from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake
from airloom.ranking.snapshot import Snapshot
from benchmarks.load import Connection, HttpConnection, run_load
from components.register_features.materialise import materialise
from feature_repo.store import open_store
from model_service.rpc import airloom_pb2 as pb
from model_service.rpc.airloom_pb2_grpc import RankingStub
from pipelines.demo.service_process import running_service
from pipelines.home import Home

CANDIDATES: Final = (25, 100, 300, 1000)
CONNECTIONS: Final = (1, 4, 16)
RATE: Final = 100.0
"""Requests a second on one connection, or as many as `LOAD` says if that is fewer."""
LOAD: Final = 0.8
"""Share of what connections can get, at which their latency is measured."""
REQUESTS: Final = 2000
"""Different ones; they are repeated."""
WARM_UP_SECONDS: Final = 2.0
HEAD: Final = (
    *("protocol", "store", "candidates", "connections", "rps/most"),
    *("p50 ms", "p95 ms", "p99 ms", "p99.9 ms", "errors"),
)
SEED: Final = 0

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


class Ask(NamedTuple):
    """One request."""

    user_id: str
    candidates: list[str]


class Service(NamedTuple):
    """Where it listens."""

    host: str
    port: int
    grpc: str
    pid: int


def main() -> None:
    """Measure, and print a row for each combination."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # stops the service too
    seconds = options.seconds or (3.0 if options.quick else 20.0)
    candidates = (100, 300) if options.quick else CANDIDATES
    connections = (1, 4) if options.quick else CONNECTIONS
    stores = options.stores or (["sqlite"] if options.quick else ["sqlite", "redis"])
    rows: list[dict[str, Any]] = []
    floor: dict[str, float] = {}
    print(_line(HEAD))
    with TemporaryDirectory(prefix="airloom-") as folder:
        home = Home.at(Path(folder) / "home")
        shutil.copytree(options.home, home.root, ignore=shutil.ignore_patterns("runs", "report", "demo"))
        asked = {count: requests(home, candidates=count) for count in candidates}
        for store in stores:
            with serving(home, Path(folder), store=store, variant=options.variant) as service:
                floor = floor or floor_of(service, seconds)
                for count, protocol, number in product(candidates, options.protocols, connections):
                    connect = _connect(protocol, service, asked[count], moment_of(home))
                    row = {"protocol": protocol, "store": store, "candidates": count, "connections": number}
                    rows.append(row | measured(connect, connections=number, seconds=seconds))
                    print(_line(_told(rows[-1])), flush=True)
    print(
        "floor, an answer without work, one connection:",
        ", ".join(f"{name} {value:.2f}" for name, value in floor.items()),
    )
    if options.json:
        found = {
            "rows": rows,
            "floor": floor,
            "machine": machine(),
            "seconds": seconds,
            "variant": options.variant,
        }
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def measured(connect: Callable[[], Connection], *, connections: int, seconds: float) -> dict[str, float]:
    """Latency at a bearable rate; with several connections also what they can get at most."""
    run_load(connect, connections=connections, rate=None, seconds=WARM_UP_SECONDS)
    most = run_load(connect, connections=connections, rate=None, seconds=min(seconds, 5.0))
    bearable = LOAD * most.rps
    rate = min(RATE, bearable) if connections == 1 else bearable
    found = run_load(connect, connections=connections, rate=rate, seconds=seconds)
    return {
        "rps": found.rps,
        "most_rps": most.rps,
        **found.percentiles(),
        "errors": float(found.errors + most.errors),
    }


def floor_of(service: Service, seconds: float) -> dict[str, float]:
    """Latency of an answer that costs no work, on one connection at `RATE`."""

    def connect() -> Connection:
        return HttpConnection(service.host, service.port, "/livez", [b""], method="GET")

    run_load(connect, connections=1, rate=None, seconds=WARM_UP_SECONDS)
    return run_load(connect, connections=1, rate=RATE, seconds=seconds).percentiles()


def requests(home: Home, *, candidates: int) -> list[Ask]:
    """Users of the last day, and candidates drawn from all products; the same every time."""
    lake = Lake(home.lake)
    day = lake.days(EVENTS)[-1]
    users = sorted(set(lake.read(EVENTS, since=day, columns=["user_id"])["user_id"].to_pylist()))
    digest = json.loads(lake.path("snapshots", "current.json").read_text(encoding="utf-8"))["digest"]
    snapshot = Snapshot.load(lake.path("snapshots", digest))
    products = [snapshot.objects.ids[row] for row in snapshot.products.tolist()]
    if len(products) < candidates:
        raise AirloomError(
            f"The catalogue has {len(products)} products, not {candidates}", do="Ask for fewer candidates"
        )
    rng = np.random.default_rng(SEED)
    return [
        Ask(
            users[rng.integers(len(users))],
            [products[row] for row in rng.choice(len(products), candidates, replace=False).tolist()],
        )
        for _ in range(REQUESTS)
    ]


@contextmanager
def serving(home: Home, folder: Path, *, store: str, variant: str) -> Iterator[Service]:
    """The service with its own Feast store: the lake's sqlite, or a Redis that is filled first."""
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
            materialise(open_store(lake=str(home.lake), config=str(config)), lake=str(home.lake))
            arguments += ["--feature-store", str(config), "--live-redis", f"redis://127.0.0.1:{port}/1"]
        rpc = f"127.0.0.1:{_free_port()}"
        arguments += ["--experiment", str(experiment), "--grpc", rpc]
        running = stack.enter_context(running_service(arguments=arguments, log=folder / "service.log"))
        host, _, port_text = running.url.removeprefix("http://").rpartition(":")
        yield Service(host, int(port_text), rpc, running.pid)


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
        yield port
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def moment_of(home: Home) -> datetime:
    """The end of the last day: pages are ranked for then, when events are fresh."""
    day = Lake(home.lake).days(EVENTS)[-1]
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)


class GrpcConnection:
    """One channel.

    Args:
        address: Of the server.
        messages: Request `number` sends `messages[number % len(messages)]`.
    """

    def __init__(self, address: str, messages: Sequence[pb.RankRequest]) -> None:
        # channels with equal arguments share a connection otherwise
        self._channel = grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
        self._stub = RankingStub(self._channel)
        self._messages = messages

    def ask(self, number: int) -> bool:
        """See `Connection`."""
        try:
            self._stub.Rank(self._messages[number % len(self._messages)], timeout=30)
        except grpc.RpcError:
            return False
        return True

    def close(self) -> None:
        """See `Connection`."""
        self._channel.close()


def _connect(protocol: str, service: Service, asked: Sequence[Ask], at: datetime) -> Callable[[], Connection]:
    if protocol == "grpc":
        moment = Timestamp(seconds=int(at.timestamp()))
        messages = [
            pb.RankRequest(user_id=ask.user_id, candidates=ask.candidates, at=moment) for ask in asked
        ]
        return lambda: GrpcConnection(service.grpc, messages)
    bodies = bodies_of(asked, at)
    return lambda: HttpConnection(service.host, service.port, "/v1/rank", bodies)


def bodies_of(asked: Sequence[Ask], at: datetime) -> list[bytes]:
    """The requests as `POST /v1/rank` takes them."""
    return [json.dumps(ask._asdict() | {"at": at.isoformat()}).encode() for ask in asked]


def _told(row: dict[str, Any]) -> list[str]:
    words = [str(row[name]) for name in ("protocol", "store", "candidates", "connections")]
    numbers = [f"{row[name]:.2f}" for name in ("p50_ms", "p95_ms", "p99_ms", "p99.9_ms")]
    return [*words, f"{row['rps']:.0f}/{row['most_rps']:.0f}", *numbers, f"{row['errors']:.0f}"]


def _line(cells: Sequence[str]) -> str:
    return " ".join(cell.rjust(11) for cell in cells)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, default=Path(".airloom"), help="of a demo or a training")
    parser.add_argument("--variant", default="air", help="the ranker of everybody: air, item_cf, popularity")
    parser.add_argument("--protocols", nargs="+", choices=["http", "grpc"], default=["http", "grpc"])
    parser.add_argument("--stores", nargs="+", choices=["sqlite", "redis"], help="of Feast")
    parser.add_argument("--seconds", type=float, help="of each row (20, with --quick 3)")
    parser.add_argument("--quick", action="store_true", help="fewer rows, in less than five minutes")
    parser.add_argument("--json", type=Path, help="where all numbers go")
    return parser


if __name__ == "__main__":
    main()
