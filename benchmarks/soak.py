"""Minutes of load at half the maximum throughput, while models and snapshots are reloaded.

    python -m benchmarks.soak --home .airloom --minutes 10 --swaps 10 --json FILE

Every answer is checked: status 200, nothing degraded, and from the model and snapshot that served at the time
of its request, never one old and one new. At the end every item that was shown must be in the log of
exposures, and the process must not have grown. The home is copied; half of the swaps move the alias of the
model, half the pointer of the snapshot, back and forth between two of each.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import threading
import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import httpx
import mlflow
import numpy as np

from airloom.bench.provenance import commit, machine
from airloom.files import check_writable, write_text
from airloom.logs.contract import EXPOSURES
from airloom.logs.lake import Lake
from airloom.progress import say
from airloom.ranking.snapshot import Snapshot
from benchmarks.connections import HttpConnection
from benchmarks.load import Load, run_load
from benchmarks.pages import bodies_of, moment_of, requests
from benchmarks.service import serving
from model_service.release.desired import current_digest
from pipelines.home import Home

CONNECTIONS: Final = 4
CANDIDATES: Final = 100
CAPACITY_SECONDS: Final = 5.0
WARM_UP_SECONDS: Final = 20.0
SAMPLE_SECONDS: Final = 5.0
SWAP_WITHIN_SECONDS: Final = 60.0
MODEL: Final = "airloom-ranker"
MAX_GROWTH: Final = 1.2
"""Memory as a multiple of that after the warm-up: the first swaps hold two models and snapshots at once."""


class TimedAnswer(NamedTuple):
    """What one request got.

    Attributes:
        asked: When it was sent, seconds that only grow.
        served: Version of the model and digest of the snapshot.
        items: How many products were shown.
        fault: Why it is no good answer; empty if it is one.
    """

    asked: float
    served: tuple[str, str]
    items: int
    fault: str


class Judge(HttpConnection):
    """A connection that keeps what it was answered."""

    def __init__(self, host: str, port: int, bodies: Sequence[bytes], answers: list[TimedAnswer]) -> None:
        super().__init__(host, port, "/v1/rank", bodies)
        self._answers = answers

    def ask(self, number: int) -> bool:
        """Send a request; see `Connection`."""
        asked = time.perf_counter()
        status, body = self.exchange(number)
        if status != HTTPStatus.OK:
            self._answers.append(TimedAnswer(asked, ("", ""), 0, f"status {status}"))
            return False
        page = json.loads(body)
        served = page["model_version"], page["snapshot_digest"]
        fault = ", ".join(page["degraded"])
        self._answers.append(TimedAnswer(asked, served, len(page["items"]), fault))
        return not fault


class Swapped(NamedTuple):
    """One exchange: from when on all pages must come from it, how long that took, and what then serves."""

    since: float
    seconds: float
    serves: tuple[str, str]


def main() -> None:
    """Run, print the results, and exit with status 1 if a limit is exceeded."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # stops the service too
    if options.json:
        check_writable(options.json)
    with TemporaryDirectory(prefix="airloom-") as folder:
        home = Home.at(Path(folder) / "home")
        ignored = shutil.ignore_patterns("runs", "report", "demo", "exposures")
        shutil.copytree(options.home, home.root, ignore=ignored)
        result = soak(home, Path(folder), store=options.store, minutes=options.minutes, swaps=options.swaps)
    result |= {"machine": machine(), "commit": commit(), "store": options.store, "minutes": options.minutes}
    if options.json:
        write_text(options.json, json.dumps(result, indent=2) + "\n")
    for name, value in result.items():
        print(f"{name:20} {value}")
    wrong = [name for name in ("faults", "mixed", "stale") if result[name]]
    wrong += ["exposures"] if result["shown"] != result["logged"] else []
    wrong += ["swaps"] if result["swaps"] < 2 * options.swaps else []
    wrong += ["memory"] if result["memory_mib"][1] > MAX_GROWTH * result["memory_mib"][0] else []
    if wrong:
        raise SystemExit(f"not as it should be: {', '.join(wrong)}")


def soak(home: Home, folder: Path, *, store: str, minutes: float, swaps: int) -> dict[str, Any]:
    """Run load and reloads, and evaluate them."""
    client = mlflow.MlflowClient(home.mlflow_uri, home.mlflow_uri)
    champion = str(client.get_model_version_by_alias(MODEL, "champion").version)
    versions = champion, _second_model(home, folder / "second")
    digests = _current(home), _second_snapshot(home)
    bodies = bodies_of(requests(home, candidates=CANDIDATES), moment_of(home))
    answers: list[TimedAnswer] = []
    with serving(home, folder, store=store, variant="air") as service:
        url = f"http://{service.host}:{service.port}"

        def connect() -> Judge:
            return Judge(service.host, service.port, bodies, answers)

        run_load(connect, connections=CONNECTIONS, rate=None, seconds=2.0)
        most = run_load(connect, connections=CONNECTIONS, rate=None, seconds=CAPACITY_SECONDS).rps
        say(f"{most:.0f} requests a second at most")
        first = _serves(url)
        swapper = Swapper(home, url, versions=versions, digests=digests, swaps=swaps, minutes=minutes)
        memory = Memory(service.pid)
        with memory, swapper:
            load = run_load(connect, connections=CONNECTIONS, rate=most / 2, seconds=60 * minutes)
    shown = sum(answer.items for answer in answers)
    lake = Lake(home.lake)
    logged = lake.read(lake.landing(EXPOSURES), columns=["request_id"]).num_rows
    return (
        judged(answers, swapper.done, first)
        | _load_summary(load, most)
        | memory.summary()
        | {
            "shown": shown,
            "logged": logged,
            "swaps": len(swapper.done),
            "swap_seconds": [round(swap.seconds, 1) for swap in swapper.done],
        }
    )


def judged(
    answers: Sequence[TimedAnswer], swaps: Sequence[Swapped], first: tuple[str, str]
) -> dict[str, Any]:
    """Return how many answers are wrong, of mixed versions, or from a version that no longer served."""
    served = [first, *(swap.serves for swap in swaps)]
    begins = [swap.since for swap in swaps]
    mixed = stale = 0
    for answer in answers:
        if not answer.fault:
            now = bisect_right(begins, answer.asked)
            # what comes next may be taken before the readiness page was seen to say so
            mixed += answer.served not in served
            stale += answer.served in served and answer.served not in served[now : now + 2]
    faults: dict[str, int] = {}
    for answer in answers:
        if answer.fault:
            faults[answer.fault] = faults.get(answer.fault, 0) + 1
    return {"answers": len(answers), "faults": faults, "mixed": mixed, "stale": stale}


class Swapper:
    """Moves the alias of the model and the pointer of the snapshot in turns, evenly over the load.

    Args:
        home: Whose registry and lake.
        url: Of the service.
        versions: Of the model in the registry; the first serves.
        digests: Of the snapshots; the first serves.
        swaps: Of each kind.
        minutes: Of the load.
    """

    def __init__(
        self,
        home: Home,
        url: str,
        *,
        versions: tuple[str, str],
        digests: tuple[str, str],
        swaps: int,
        minutes: float,
    ) -> None:
        self._home, self._url = home, url
        self._versions, self._digests = versions, digests
        self._swaps, self._pause = 2 * swaps, 60 * minutes / (2 * swaps + 1)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="swapper")
        self.done: list[Swapped] = []

    def __enter__(self) -> Swapper:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        client = mlflow.MlflowClient(self._home.mlflow_uri, self._home.mlflow_uri)
        started = time.perf_counter()
        for number in range(self._swaps):
            if self._stopping.wait(started + (number + 1) * self._pause - time.perf_counter()):
                return
            before, began = _serves(self._url), time.perf_counter()
            index = (number // 2 + 1) % 2
            if number % 2 == 0:
                client.set_registered_model_alias(MODEL, "champion", self._versions[index])
            else:
                _point(self._home, self._digests[index])
            while (now := _serves(self._url)) == before:
                if time.perf_counter() - began > SWAP_WITHIN_SECONDS:
                    say(f"swap {number + 1} did not happen")
                    return
                time.sleep(0.2)
            ended = time.perf_counter()
            self.done.append(Swapped(ended, ended - began, now))
            say(f"swap {number + 1} of {self._swaps} after {ended - began:.1f} s")


class Memory:
    """Looks at a process's resident memory every few seconds.

    Args:
        pid: Of the process.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._seen: list[tuple[float, float]] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory")

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def summary(self) -> dict[str, Any]:
        """Return the MiB after the warm-up, at the end, and the growth in an hour (a line through all)."""
        began = self._seen[0][0]
        warm = np.array(
            [sample for sample in self._seen if sample[0] - began > WARM_UP_SECONDS] or self._seen
        )
        slope = float(np.polyfit(warm[:, 0], warm[:, 1], 1)[0]) * 3600 if len(warm) > 1 else 0.0
        return {
            "memory_mib": [round(float(warm[0, 1])), round(float(warm[-1, 1]))],
            "memory_mib_per_hour": round(slope),
            "memory_series": [[round(at - began), round(mib)] for at, mib in self._seen],
        }

    def _run(self) -> None:
        while True:
            lines = Path(f"/proc/{self._pid}/status").read_text(encoding="utf-8").splitlines()
            kib = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
            self._seen.append((time.perf_counter(), kib / 1024))
            if self._stopping.wait(SAMPLE_SECONDS):
                return


def _load_summary(load: Load, most: float) -> dict[str, Any]:
    percentiles = {name: round(value, 2) for name, value in load.percentiles().items()}
    return {"most_rps": round(most), "rps": round(load.rps, 1), **percentiles}


def _serves(url: str) -> tuple[str, str]:
    state = httpx.get(f"{url}/readyz", timeout=30).json()
    return state["rankers"]["air"], state["snapshot_digest"]


def _second_model(home: Home, folder: Path) -> str:
    """Register a ranker that also weighs prices, beside the champion; returns its version."""
    client = mlflow.MlflowClient(home.mlflow_uri, home.mlflow_uri)
    champion = client.get_model_version_by_alias(MODEL, "champion").version
    uri = client.get_model_version_download_uri(MODEL, champion)
    folder.mkdir()
    model = Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(folder), tracking_uri=home.mlflow_uri))
    config = model / "artifacts" / "ranker" / "config.json"
    content = json.loads(config.read_text(encoding="utf-8"))
    content["settings"]["price_exponent"] = 0.5
    config.write_text(json.dumps(content), encoding="utf-8")
    return str(client.create_model_version(MODEL, source=str(model)).version)


def _second_snapshot(home: Home) -> str:
    """Save a snapshot in which products are a little more popular, beside the current one; its digest."""
    snapshot = Snapshot.load(Lake(home.lake).path("snapshots", _current(home)))
    objects = snapshot.objects._replace(popularity=snapshot.objects.popularity * np.float32(1.01))
    return replace(snapshot, objects=objects).save(Lake(home.lake).path("snapshots")).digest


def _current(home: Home) -> str:
    return current_digest(Lake(home.lake))


def _point(home: Home, digest: str) -> None:
    current = Lake(home.lake).path("snapshots", "current.json")
    content = json.loads(current.read_text(encoding="utf-8")) | {"digest": digest}
    write_text(current, json.dumps(content))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, default=Path(".airloom"), help="of a demo")
    parser.add_argument("--store", choices=["sqlite", "redis"], default="sqlite", help="of Feast")
    parser.add_argument("--minutes", type=float, default=10.0, help="of load")
    parser.add_argument("--swaps", type=int, default=10, help="of the model, and as many of the snapshot")
    parser.add_argument("--json", type=Path, help="where all numbers go")
    return parser


if __name__ == "__main__":
    main()
