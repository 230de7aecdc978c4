"""How long a page takes over HTTP, client included: p50, p95, p99 by number of candidates, one connection.

Start a service first, then:

    python benchmarks/rank_latency.py --url http://127.0.0.1:3000 --lake .airloom/lake

It asks as real users of the lake, in preview, so that the experiment's exposures stay clean.
"""

from __future__ import annotations

import argparse
import time

import httpx
import numpy as np

from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake
from airloom.ranking.snapshot import Snapshot

WARM_UP = 100


def main() -> None:
    """Ask, and print one line for each number of candidates."""
    options = _parser().parse_args()
    lake = Lake(options.lake)
    day = lake.days(EVENTS)[-1]
    users = sorted(set(lake.read(EVENTS, since=day, columns=["user_id"])["user_id"].to_pylist()))
    first = httpx.post(
        f"{options.url}/v1/rank", json={"user_id": users[0], "preview_variant": options.variant}
    )
    snapshot = Snapshot.load(lake.path("snapshots", first.raise_for_status().json()["snapshot_digest"]))
    random = np.random.default_rng(0)
    print(f"{options.variant}: {options.requests} requests each, {len(users)} users")
    print("candidates   p50 ms   p95 ms   p99 ms   degraded")
    with httpx.Client(base_url=options.url) as client:
        for candidates in (25, 100, 300):
            if candidates > len(snapshot.products):
                continue
            milliseconds, degraded = [], 0
            for number in range(WARM_UP + options.requests):
                rows = random.choice(snapshot.products, candidates, replace=False)
                body = {
                    "user_id": users[random.integers(len(users))],
                    "candidates": [snapshot.objects.ids[row] for row in rows],
                    "preview_variant": options.variant,
                }
                start = time.perf_counter()
                page = client.post("/v1/rank", json=body)
                took = time.perf_counter() - start
                if number >= WARM_UP:
                    milliseconds.append(1e3 * took)
                    degraded += bool(page.raise_for_status().json()["degraded"])
            p50, p95, p99 = np.percentile(milliseconds, [50, 95, 99])
            print(f"{candidates:10} {p50:8.2f} {p95:8.2f} {p99:8.2f} {degraded:10}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure the latency of a running service.")
    parser.add_argument("--url", default="http://127.0.0.1:3000")
    parser.add_argument("--lake", default=".airloom/lake")
    parser.add_argument("--variant", default="air", help="name of the variant to ask for")
    parser.add_argument("--requests", type=int, default=1_000)
    return parser


if __name__ == "__main__":
    main()
