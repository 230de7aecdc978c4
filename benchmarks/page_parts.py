"""What the tower of texts and behaviors beyond the log cost a page, side by side in one process.

    python -m benchmarks.page_parts --home .airloom --json FILE

The service's own engine makes each page of 100 candidates with the home's champion four times, in an order
that rotates: with both parts, without one, without both. Users are read from the home's Feast store, events
and behaviors; whatever it has of the latter, each user is given `BEHAVIORS` drawn products, and the stack is
told to count them, since a fitted one need not. There is no HTTP, which costs all pages the same: a share of
the page over HTTP is smaller.

Knowledge cards cost a page nothing of their own: the tower reads their vectors in place of the titles'.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from airloom.bench.provenance import commit, machine
from airloom.errors import AirloomError
from airloom.files import check_writable, write_text
from airloom.logs.lake import Lake
from airloom.ranking.air import AirRanker
from airloom.ranking.encoder.towers import Towers
from airloom.ranking.snapshot import Snapshot
from benchmarks.pages import moment_of, requests
from model_service.api.rank import RankRequest
from model_service.engine.engine import Engine
from model_service.engine.loaded_release import LoadedRelease
from model_service.release.desired import load_release, read_desired_release
from model_service.runtime import open_feature_store
from model_service.settings import ServiceSettings
from model_service.user_events.reader import UserEventReader
from model_service.user_events.recent_events import MemoryRecentEvents
from pipelines.home import Home

CANDIDATES: Final = 100
BEHAVIORS: Final = 14
"""About as many as the generator infers for a shopper of the sample world."""
DRAWS: Final = 100
WEIGHT: Final = 0.3
ALL: Final = "both parts"
NEITHER: Final = "without both"
TEXTS: Final = "texts"


def main() -> None:
    """Run, and print the times and their ratios."""
    options = _parser().parse_args()
    if options.json:
        check_writable(options.json)
    torch.set_num_threads(1)
    home = Home(options.home)
    pages = requests(home, candidates=CANDIDATES)[: options.pages]
    at = moment_of(home)
    asked = [RankRequest(user_id=page.user_id, candidates=page.candidates, at=at) for page in pages]
    seconds = measured(engines(home), asked)
    results = {name: summary(own, than=seconds[NEITHER]) for name, own in seconds.items()}
    if options.json:
        document = {"pages": len(asked), "arms": results, "machine": machine(), "commit": commit()}
        write_text(options.json, json.dumps(document, indent=2, sort_keys=True) + "\n")
    for name, own in results.items():
        print(f"{name:<20}" + "  ".join(f"{key} {value:.3f}" for key, value in own.items()))


def engines(home: Home) -> dict[str, Engine]:
    """Return an engine of each arm, over the home's snapshot, store and champion.

    Raises:
        AirloomError: The champion has no tower of texts.
    """
    settings = ServiceSettings(lake=str(home.lake), mlflow_uri=home.mlflow_uri)
    desired = read_desired_release(settings)
    release = load_release(desired, lake=Lake(home.lake), mlflow_uri=home.mlflow_uri)
    [(variant, champion)] = release.rankers.items()
    snapshot = release.snapshot
    if not isinstance(champion, AirRanker) or TEXTS not in champion.towers.encoders:
        raise AirloomError(
            f"The champion of {home.lake} has no tower of texts",
            do="Train another with: airloom run training",
        )
    store = open_feature_store(settings)
    rng = np.random.default_rng(0)
    draws = (rng.choice(snapshot.products, BEHAVIORS, replace=False).tolist() for _ in range(DRAWS))
    drawn = itertools.cycle([[snapshot.objects.ids[row] for row in rows] for rows in draws])

    def read_inferred(user_id: str) -> tuple[Sequence[str], Sequence[float]]:
        store.read_inferred(user_id)
        return next(drawn), [1 / BEHAVIORS] * BEHAVIORS

    def engine_of(ranker: AirRanker) -> Engine:
        return Engine(
            experiment=desired.experiment,
            state=LoadedRelease(snapshot, {variant: ranker}),
            users=UserEventReader(store.read_history, MemoryRecentEvents(), read_inferred=read_inferred),
            log_exposure=lambda _: None,
        )

    return {
        ALL: engine_of(of_parts(champion, snapshot, texts=True, inferred=True)),
        "without inferred": engine_of(of_parts(champion, snapshot, texts=True, inferred=False)),
        "without texts": engine_of(of_parts(champion, snapshot, texts=False, inferred=True)),
        NEITHER: engine_of(of_parts(champion, snapshot, texts=False, inferred=False)),
    }


def of_parts(ranker: AirRanker, snapshot: Snapshot, *, texts: bool, inferred: bool) -> AirRanker:
    """Return a ranker with or without its tower of texts, and with or without behaviors in its stack."""
    weights = ranker.stage.weights._replace(inferred=WEIGHT if inferred else 0.0)
    encoders = dict(ranker.towers.encoders)
    if not texts:
        weights = weights._replace(texts=0.0)
        del encoders[TEXTS]
    settings = replace(ranker.settings, inputs=replace(ranker.settings.inputs, use_inferred=inferred))
    return AirRanker(ranker.stage._replace(weights=weights), Towers(encoders), settings, snapshot)


def measured(engines: Mapping[str, Engine], asked: Sequence[RankRequest]) -> dict[str, NDArray[np.float64]]:
    """Return the seconds of each page by each engine, float64 [pages]; a first round is not counted."""
    calls = [(name, own.rank) for name, own in engines.items()]
    seconds = {name: np.zeros(len(asked)) for name in engines}
    gc.disable()
    for number, request in enumerate((*asked[: len(asked) // 4], *asked)):
        page = number - len(asked) // 4
        for turn in range(len(calls)):
            name, rank = calls[(turn + number) % len(calls)]
            began = time.perf_counter()
            response = rank(request)
            if page >= 0:
                seconds[name][page] = time.perf_counter() - began
            if response.degraded:
                raise AirloomError(
                    f"A page was made with less than all: {response.degraded}", do="Look at the home's store"
                )
    gc.enable()
    return seconds


def summary(seconds: NDArray[np.float64], *, than: NDArray[np.float64]) -> dict[str, float]:
    """Return milliseconds, and how many times as long the median and the mean of the same pages took."""
    median, high = np.quantile(seconds * 1000, [0.5, 0.99])
    return {
        "p50_ms": round(float(median), 3),
        "p99_ms": round(float(high), 3),
        "times_p50": round(float(np.median(seconds) / np.median(than)), 3),
        "times_trimmed_mean": round(float(_trimmed(seconds) / _trimmed(than)), 3),
    }


def _trimmed(seconds: NDArray[np.float64]) -> float:
    """Return the mean without the slowest tenth, which other work on the machine decides."""
    return float(np.sort(seconds)[: len(seconds) * 9 // 10].mean())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="What parts of the ranker cost a page.")
    parser.add_argument("--home", type=Path, required=True, help="filled by a demo or a training")
    parser.add_argument("--pages", type=int, default=500, help="pages by each arm")
    parser.add_argument("--json", type=Path, help="write the results here")
    return parser


if __name__ == "__main__":
    main()
