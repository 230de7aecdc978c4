"""Evaluates rankers on orders later than their training data, in lists of the whole catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from airloom.errors import AirloomError
from airloom.ranking.base_features import is_commerce
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.evaluation.intervals import Resampling, mean_intervals
from airloom.ranking.evaluation.metrics import list_metrics
from airloom.ranking.evaluation.served_lists import ListRanks, rank_served_lists
from airloom.ranking.evaluation.settings import EvaluationSettings
from airloom.ranking.ranker import Ranker
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.examples import Example

LEADING = ("hr10", "ndcg10")
"""Metrics whose differences are given with intervals: a page has ten products."""


def evaluate(
    rankers: Mapping[str, Ranker],
    examples: Sequence[Example],
    snapshot: Snapshot,
    candidates: Candidates,
    settings: EvaluationSettings,
) -> dict[str, Any]:
    """Return metrics of all `rankers`; differences are the first one minus each of the others.

    Returns:
        `{"targets", "lists", "users", "products", "candidates", "models": {name: {"hr1", ..., "mrr100"}},
        "differences": {name: {"hr10": {"mean", "low", "high"}, "ndcg10": ...}}, "slices": {name: {"targets",
        "models": ..., "differences": ...}}}`; `products` are those on sale, `candidates` the most in a list.

    Raises:
        AirloomError: There is nothing to rank.
    """
    if not examples:
        raise AirloomError(
            "No product was ordered in the evaluation window that the catalogue could have shown",
            do="Give more days of logs or more evaluation_days",
        )
    ranked, leader = rank_served_lists(rankers, examples, candidates), next(iter(rankers))
    return {
        "targets": len(examples),
        "lists": int(ranked.lists.max()) + 1,
        "users": len({example.user_id for example in examples}),
        "products": len(snapshot.products),
        "candidates": candidates.settings.limit,
        **compare(ranked, examples, settings, leader=leader),
        "slices": {
            name: {
                "targets": int(in_slice.sum()),
                **compare(ranked, examples, settings, leader=leader, rows=in_slice),
            }
            for name, in_slice in target_slices(examples, snapshot).items()
            if in_slice.any()
        },
    }


def compare(
    ranked: ListRanks,
    examples: Sequence[Example],
    settings: EvaluationSettings,
    *,
    leader: str,
    rows: NDArray[np.bool_] | None = None,
) -> dict[str, Any]:
    """Return means of all rankers over the lists, and how far `leader` is above each other one, paired.

    Args:
        ranked: Where the targets are.
        examples: The targets.
        settings: Of the intervals, which resample users.
        leader: A ranker.
        rows: Bool [n], the targets that are relevant for a list; all by default.

    Returns:
        `models` and `differences` of `evaluate`.
    """
    kept = np.flatnonzero(np.ones(len(examples), np.bool_) if rows is None else rows)
    _, first, lists = np.unique(ranked.lists[kept], return_index=True, return_inverse=True)
    users = np.unique([examples[row].user_id for row in kept[first]], return_inverse=True)[1]
    metrics = {name: list_metrics(ranks[kept], lists) for name, ranks in ranked.ranks.items()}
    others = [name for name in metrics if name != leader]
    columns = [metrics[leader][metric] - metrics[other][metric] for other in others for metric in LEADING]
    resampling = Resampling(settings.resamples, settings.confidence, settings.seed)
    estimates = iter(mean_intervals(columns, users, resampling))
    return {
        "models": {
            name: {metric: float(values.mean()) for metric, values in by_metric.items()}
            for name, by_metric in metrics.items()
        },
        "differences": {other: {metric: next(estimates)._asdict() for metric in LEADING} for other in others},
    }


def target_slices(examples: Sequence[Example], snapshot: Snapshot) -> dict[str, NDArray[np.bool_]]:
    """Return which targets are in which slice, bool [n].

    New products for the user are those that no event of the history is about; cold users have done nothing
    in the shop, cold items were touched by nobody.
    """
    targets = np.array([example.target for example in examples])
    shoppers = np.array([bool(is_commerce(example.history).any()) for example in examples])
    repeated = np.array([bool((example.history.objects == example.target).any()) for example in examples])
    touched = snapshot.objects.popularity[targets] > 0
    return {
        "never touched before": ~repeated,
        "touched before": repeated,
        "cold users": ~shoppers,
        "warm users": shoppers,
        "cold items": ~touched,
        "warm items": touched,
    }
