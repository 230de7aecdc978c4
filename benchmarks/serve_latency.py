"""How long pages take over HTTP and gRPC, client included: by candidates, connections and feature store.

    python -m benchmarks.serve_latency --home .airloom --quick
    python -m benchmarks.serve_latency --home .airloom --json FILE

It starts the service over a home that a demo or a training has filled, with everything on: the user read from
Feast, live events, variant, intent tree, ranker, reasons, exposures. One connection shows latency at a
moderate rate; several show throughput, first as fast as answers come, then latency at four fifths of that.
Requests are due at fixed times whether or not earlier ones were answered (see `benchmarks.load`), and their
users and candidates are drawn from the lake with a fixed seed. Exposures go to a copy of the lake.

Requests in words (`POST /v1/ask`, rules only) and pages of 100 candidates are asked over HTTP in turns, and
their p99 is compared: at most `ASK_TARGET` times as much.

Rows are of a warm service, except `cold`: the first second of a service that has just become ready, and
`strangers`: unknown users, whose pages fall back to popularity. Each row also has the time in each stage from
the service's own metrics. The floor is the latency of an answer without any work
(`GET /livez`, health over gRPC) at the same rate: waking two sleeping processes can cost as much as a page.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import numpy as np
from grpc_health.v1.health_pb2 import HealthCheckRequest
from grpc_health.v1.health_pb2_grpc import HealthStub

from airloom.bench.provenance import commit, machine
from airloom.files import check_writable, write_text
from benchmarks.connections import GrpcConnection, HttpConnection
from benchmarks.load import Connection, Load, run_load
from benchmarks.pages import Ask, asks_in_words, bodies_of, connect_to, moment_of, requests
from benchmarks.service import Service, serving
from benchmarks.stages import between, seen
from pipelines.home import Home

CANDIDATES: Final = (25, 100, 300, 1000)
CONNECTIONS: Final = (1, 4, 16)
RATE: Final = 100.0
"""Requests a second on one connection, or as many as `LOAD` says if that is fewer."""
LOAD: Final = 0.8
"""Share of what connections can get, at which their latency is measured."""
WARM_UP_SECONDS: Final = 2.0
COLD_SECONDS: Final = 1.0
USUAL_CANDIDATES: Final = 100
"""The number of candidates in the rows that are not warm."""
ASK_TARGET: Final = 3.0
"""The p99 of a request in words over that of a page of `USUAL_CANDIDATES`, at most."""
TURN_SECONDS: Final = 1.0
TURN_RATE: Final = 25.0
"""Of turns of requests in words and of pages: how long, and how many requests a second."""
HEAD: Final = (
    *("protocol", "store", "state", "candidates", "connections", "rps/most"),
    *("p50 ms", "p95 ms", "p99 ms", "p99.9 ms", "errors"),
)


class Row(NamedTuple):
    """What is measured at once; see the module for its states."""

    protocol: str
    store: str
    state: str
    candidates: int
    connections: int


def main() -> None:
    """Measure, and print a row for each combination."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # stops the service too
    if options.json:
        check_writable(options.json)
    seconds = options.seconds or (3.0 if options.quick else 20.0)
    candidates = (100, 300) if options.quick else CANDIDATES
    connections = (1, 4) if options.quick else CONNECTIONS
    stores = options.stores or (["sqlite"] if options.quick else ["sqlite", "redis"])
    rows: list[dict[str, Any]] = []
    floor: dict[str, dict[str, float]] = {}
    ready: dict[str, float] = {}
    in_words: dict[str, dict[str, float]] = {}
    print(_line(HEAD))
    with TemporaryDirectory(prefix="airloom-") as folder:
        home = Home.at(Path(folder) / "home")
        shutil.copytree(options.home, home.root, ignore=shutil.ignore_patterns("runs", "report", "demo"))
        asked = {count: requests(home, candidates=count) for count in candidates}
        bodies = asks_in_words(home, moment_of(home)) if "http" in options.protocols else []
        for store in stores:
            with serving(home, Path(folder), store=store, variant=options.variant) as service:
                ready[store] = service.ready_s
                for setting in _rows(store, candidates, connections, options.protocols):
                    queries = asked[setting.candidates]
                    latency = measured(setting, service, queries, moment_of(home), seconds=seconds)
                    rows.append(setting._asdict() | latency)
                    print(_line(_cells(rows[-1])), flush=True)
                if bodies:
                    in_words[store] = in_words_beside_pages(
                        service, bodies, asked[USUAL_CANDIDATES], moment_of(home), seconds=seconds
                    )
                floor = floor or {
                    protocol: floor_of(service, protocol, seconds) for protocol in options.protocols
                }
    for row in rows:
        if row["connections"] == 1:
            print(_where(row))
    for store, words in in_words.items():
        print(
            f"in words with {store}: p50 {words['p50_ms']:.2f} ms, p99 {words['p99_ms']:.2f} ms, "
            f"{words['p50_times']:.2f} and {words['p99_times']:.2f} times those of a page of "
            f"{USUAL_CANDIDATES} (p99 at most {ASK_TARGET:g}); {words['errors']:.0f} errors"
        )
    for protocol, latencies in floor.items():
        print(f"{protocol}, an answer without work:", ", ".join(f"{k} {v:.2f}" for k, v in latencies.items()))
    print("ready after", ", ".join(f"{ready_s:.1f} s with {store}" for store, ready_s in ready.items()))
    if options.json:
        result = {
            "rows": rows,
            "in_words": in_words,
            "floor": floor,
            "ready_s": ready,
            "machine": machine(),
            "commit": commit(),
            "seconds": seconds,
            "variant": options.variant,
        }
        write_text(options.json, json.dumps(result, indent=2) + "\n")


def _rows(
    store: str, candidates: Sequence[int], connections: Sequence[int], protocols: Sequence[str]
) -> Iterator[Row]:
    yield Row(protocols[0], store, "cold", USUAL_CANDIDATES, 1)  # there is one first second
    for count, protocol, number in product(candidates, protocols, connections):
        yield Row(protocol, store, "warm", count, number)
    for protocol in protocols:
        yield Row(protocol, store, "strangers", USUAL_CANDIDATES, 1)


def measured(
    row: Row, service: Service, asked: Sequence[Ask], at: datetime, *, seconds: float
) -> dict[str, Any]:
    """Return the latency at a moderate rate; of a warm service also the highest throughput.

    Args:
        row: What is measured.
        service: Of which service.
        asked: Pages of known users.
        at: The moment of all pages.
        seconds: For how long.
    """
    if row.state == "strangers":
        asked = [ask._replace(user_id=f"stranger-{ask.user_id}") for ask in asked]
    connect = connect_to(service, row.protocol, asked, at)
    if row.state == "cold":
        most, rate, seconds = None, RATE, COLD_SECONDS
    else:
        run_load(connect, connections=row.connections, rate=None, seconds=WARM_UP_SECONDS)
        most = run_load(connect, connections=row.connections, rate=None, seconds=min(seconds, 5.0))
        rate = LOAD * most.rps if row.connections > 1 else min(RATE, LOAD * most.rps)
    before = seen(service.url, row.protocol)
    load = run_load(connect, connections=row.connections, rate=rate, seconds=seconds)
    return {
        "rps": load.rps,
        "most_rps": most.rps if most else None,
        **load.percentiles(),
        "errors": float(load.errors + (most.errors if most else 0)),
        "stages_ms": between(before, seen(service.url, row.protocol)),
    }


def in_words_beside_pages(
    service: Service, bodies: Sequence[bytes], asked: Sequence[Ask], at: datetime, *, seconds: float
) -> dict[str, float]:
    """Return the latency of requests in words, and how many times that of pages over HTTP it is.

    Both are asked in turns at one low rate, so that a busy moment of the machine is a moment of both.

    Args:
        service: Of which service.
        bodies: Of requests in words.
        asked: Pages of `USUAL_CANDIDATES`.
        at: The moment of all pages.
        seconds: For how long each is asked.
    """
    page_bodies = bodies_of(asked, at)
    loads: dict[str, list[Load]] = {"/v1/rank": [], "/v1/ask": []}
    length = min(TURN_SECONDS, seconds)
    for turn in range(-1, round(seconds / length)):  # the first one warms up
        for path, own in (("/v1/rank", page_bodies), ("/v1/ask", bodies)):
            first = turn * round(length * TURN_RATE) % len(own)
            turned = [*own[first:], *own[:first]]
            connect = partial(HttpConnection, service.host, service.port, path, turned)
            load = run_load(connect, connections=1, rate=TURN_RATE, seconds=length)
            if turn >= 0:
                loads[path].append(load)
    pages, words = (
        Load(
            np.concatenate([load.milliseconds for load in own]),
            sum(load.errors for load in own),
            sum(load.seconds for load in own),
        )
        for own in loads.values()
    )
    page, measured = pages.percentiles(), words.percentiles()
    return {
        **measured,
        "errors": float(words.errors + pages.errors),
        **{f"page_{name}": value for name, value in page.items()},
        **{f"{name}_times": measured[f"{name}_ms"] / page[f"{name}_ms"] for name in ("p50", "p99")},
    }


def floor_of(service: Service, protocol: str, seconds: float) -> dict[str, float]:
    """Return the latency of an answer that costs no work, on one connection at `RATE`."""

    def connect() -> Connection:
        if protocol == "grpc":
            return GrpcConnection(
                service.grpc, lambda channel: HealthStub(channel).Check, [HealthCheckRequest()]
            )
        return HttpConnection(service.host, service.port, "/livez", [b""], method="GET")

    run_load(connect, connections=1, rate=None, seconds=WARM_UP_SECONDS)
    return run_load(connect, connections=1, rate=RATE, seconds=seconds).percentiles()


def _cells(row: dict[str, Any]) -> list[str]:
    words = [str(row[name]) for name in Row._fields]
    most = "-" if row["most_rps"] is None else f"{row['most_rps']:.0f}"
    numbers = [f"{row[name]:.2f}" for name in ("p50_ms", "p95_ms", "p99_ms", "p99.9_ms")]
    return [*words, f"{row['rps']:.0f}/{most}", *numbers, f"{row['errors']:.0f}"]


def _where(row: dict[str, Any]) -> str:
    what = " ".join(str(row[name]) for name in ("protocol", "store", "state", "candidates"))
    stages = ", ".join(f"{stage} {value:.2f}" for stage, value in row["stages_ms"].items())
    return f"{what}: mean ms in the service: {stages}"


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
