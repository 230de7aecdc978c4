"""What a page of ten of the whole shop brings on average over all luck: by ranker, and at best.

A count of hits depends on luck: even who knows every shopper's wants hits little more often. The simulation
knows the chances of clicks and orders behind them, for any page.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.progress import progress
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.evaluation.intervals import Resampling, mean_intervals
from airloom.ranking.ranker import Ranker
from airloom.ranking.training.examples import Example
from airloom.simulation.result_pages import ExpectedOutcome, Visit
from airloom.simulation.world import World
from airloom.timestamps import EpochSeconds, to_datetime
from components.build_training_set.dataset import LabelWindow, read_window
from components.evaluate_ranker.models import AIR
from components.evaluate_ranker.rankers import compared_rankers
from pipelines.local import PipelineRun
from pipelines.report.demo_summary import PageFigures

PAGE_SIZE: Final = 10


def measure_pages(world: World, training: PipelineRun, *, lake: Path) -> PageFigures:
    """Return what the pages of the rankers bring that a training compared, in its evaluation window.

    Args:
        world: The one that the logs are of.
        training: A finished training run.
        lake: Root of the lake.
    """
    dataset, model = training.steps["build-training-set"].artifacts, training.steps["train-ranker"].artifacts
    window = read_window(dataset["dataset"], "evaluation", lake=str(lake))
    compared = compared_rankers(model["model"], window.snapshot)
    return page_outcomes(world, window, compared.rankers, compared.candidates)


def page_outcomes(
    world: World, window: LabelWindow, rankers: Mapping[str, Ranker], candidates: Candidates
) -> PageFigures:
    """Return what the pages of all rankers bring.

    Args:
        world: The one that the window's logs are of.
        window: The evaluation window.
        rankers: By name, with `air`.
        candidates: Generates the candidates of a page.
    """
    ids = window.snapshot.objects.ids
    shelf = tuple(ids[row] for row in window.snapshot.products.tolist())
    first: dict[str, Example] = {}
    for example in window.examples:  # by time
        first.setdefault(example.user_id, example)
    pages: dict[str, list[tuple[ExpectedOutcome, ExpectedOutcome]]] = {name: [] for name in rankers}
    best: list[tuple[float, float]] = []
    for user_id, example in progress(first.items(), what="expected outcomes", unit="pages"):
        visit = Visit(user_id, to_datetime(EpochSeconds(example.now)), shelf)
        proposed = candidates.propose(example.history, example.now)
        for name, ranker in rankers.items():
            scores = ranker.rank(history=example.history, candidates=proposed, now=example.now).scores
            page = [ids[row] for row in proposed[np.argsort(-scores, kind="stable")[:PAGE_SIZE]].tolist()]
            pages[name].append((world.expected_outcome(visit, page), world.expected_outcome(visit, page[:1])))
        best.append(
            (
                world.expected_outcome(visit, world.oracle(visit, by="orders")[:PAGE_SIZE]).orders,
                world.expected_outcome(visit, world.oracle(visit, by="gmv")[:PAGE_SIZE]).gmv,
            )
        )
    orders = {name: np.array([page.orders for page, _ in of_ranker]) for name, of_ranker in pages.items()}
    gmv = {name: np.array([page.gmv for page, _ in of_ranker]) for name, of_ranker in pages.items()}
    best_orders, best_gmv = np.array(best).mean(axis=0).tolist()
    return PageFigures(
        users=len(first),
        best_orders=best_orders,
        best_gmv=best_gmv,
        orders=_means(orders),
        gmv=_means(gmv),
        first_orders={
            name: float(np.mean([only.orders for _, only in of_ranker])) for name, of_ranker in pages.items()
        },
        orders_minus=_differences(orders),
        gmv_minus=_differences(gmv),
    )


def _means(columns: Mapping[str, NDArray[np.float64]]) -> dict[str, float]:
    return {name: float(column.mean()) for name, column in columns.items()}


def _differences(columns: Mapping[str, NDArray[np.float64]]) -> dict[str, dict[str, float]]:
    """Return AIR minus each other ranker, with bootstrap intervals over users."""
    others = [name for name in columns if name != AIR]
    users = np.arange(len(columns[AIR]))
    estimates = mean_intervals([columns[AIR] - columns[name] for name in others], users, Resampling())
    return {name: estimate._asdict() for name, estimate in zip(others, estimates, strict=True)}
