"""Evaluates rankers on targets later than their training data: each target among sampled negatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

from airloom.errors import AirloomError
from airloom.progress import progress
from airloom.ranking.base_features import is_commerce
from airloom.ranking.evaluation.intervals import Resampling, mean_intervals
from airloom.ranking.evaluation.metrics import hit_rate, ndcg, rank_of_first
from airloom.ranking.evaluation.settings import EvaluationSettings
from airloom.ranking.ranker import Ranker
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.examples import Example
from airloom.ranking.training.negatives import evaluation_candidates

CUTS: Final = (1, 3, 5, 10)


def evaluate(
    rankers: Mapping[str, Ranker],
    examples: Sequence[Example],
    snapshot: Snapshot,
    settings: EvaluationSettings,
) -> dict[str, Any]:
    """Return metrics of all `rankers`; differences are the first one minus each of the others.

    Returns:
        `{"targets", "users", "candidates", "models": {name: {"hr1", ..., "ndcg10"}}, "differences": {name:
        {"hr10": {"mean", "low", "high"}, "ndcg10": ...}}, "slices": {name: {"targets", "models": ...}}}`.

    Raises:
        AirloomError: There is nothing to rank.
    """
    ranks, candidates = rank_targets(rankers, examples, snapshot, settings)
    return {
        "targets": len(examples),
        "users": len({example.user_id for example in examples}),
        "candidates": candidates,
        "differences": differences_from(next(iter(rankers)), ranks, examples, settings),
        **summarize_ranks(ranks, examples, snapshot),
    }


class TargetRanks(NamedTuple):
    """The ranks that rankers give to the targets.

    Attributes:
        ranks: int64 [n] by ranker: the rank of each target, from 1.
        candidates: The mean number of products that a target was ranked among, itself included.
    """

    ranks: dict[str, NDArray[np.int64]]
    candidates: float


def rank_targets(
    rankers: Mapping[str, Ranker],
    examples: Sequence[Example],
    snapshot: Snapshot,
    settings: EvaluationSettings,
) -> TargetRanks:
    """Return the rank of every target among the same products, by every ranker.

    Raises:
        AirloomError: There is nothing to rank.
    """
    if not examples:
        raise AirloomError(
            "No product was ordered in the evaluation window that the catalogue could have shown",
            do="Give more days of logs or more evaluation_days",
        )
    candidates = evaluation_candidates(
        examples,
        snapshot,
        negatives=settings.negatives,
        same_top=settings.negatives_from == "same_top",
        seed=settings.seed,
    )
    ranks = {name: np.empty(len(examples), np.int64) for name in rankers}
    with threadpool_limits(
        1, user_api="blas"
    ):  # the matrices are small: more threads only wait for each other
        for row, example in enumerate(progress(examples, what="evaluation", unit="targets")):
            for name, ranker in rankers.items():
                ranking = ranker.rank(history=example.history, candidates=candidates[row], now=example.now)
                ranks[name][row] = rank_of_first(ranking.scores)
    return TargetRanks(ranks, float(np.mean([len(products) for products in candidates])))


def summarize_ranks(
    ranks: Mapping[str, NDArray[np.int64]], examples: Sequence[Example], snapshot: Snapshot
) -> dict[str, Any]:
    """Return `{"models": {name: {"hr1", ..., "ndcg10"}}, "slices": {name: {"targets", "models": ...}}}`."""
    return {
        "models": {name: _means(model_ranks) for name, model_ranks in ranks.items()},
        "slices": {
            name: {
                "targets": int(in_slice.sum()),
                "models": {model: _means(model_ranks[in_slice]) for model, model_ranks in ranks.items()},
            }
            for name, in_slice in _slices(examples, snapshot).items()
            if in_slice.any()
        },
    }


def differences_from(
    name: str,
    ranks: Mapping[str, NDArray[np.int64]],
    examples: Sequence[Example],
    settings: EvaluationSettings,
) -> dict[str, dict[str, dict[str, float]]]:
    """Return the ranker `name` minus each of the others, paired, with bootstrap intervals over users."""
    users = np.unique([example.user_id for example in examples], return_inverse=True)[1]
    return {
        other: _difference(ranks[name], other_ranks, users, settings)
        for other, other_ranks in ranks.items()
        if other != name
    }


def _means(ranks: NDArray[np.int64]) -> dict[str, float]:
    hits = {f"hr{k}": float(hit_rate(ranks, k).mean()) for k in CUTS}
    return hits | {f"ndcg{k}": float(ndcg(ranks, k).mean()) for k in CUTS}


def _difference(
    first: NDArray[np.int64], other: NDArray[np.int64], users: NDArray[np.int64], settings: EvaluationSettings
) -> dict[str, dict[str, float]]:
    """Return means of paired differences and their intervals."""
    paired = [hit_rate(first, 10) - hit_rate(other, 10), ndcg(first, 10) - ndcg(other, 10)]
    resampling = Resampling(settings.resamples, settings.confidence, settings.seed)
    hits, gains = mean_intervals(paired, users, resampling)
    return {"hr10": hits._asdict(), "ndcg10": gains._asdict()}


def _slices(examples: Sequence[Example], snapshot: Snapshot) -> dict[str, NDArray[np.bool_]]:
    """Return cold users (nothing done in the shop), cold items (touched by nobody), and the warm others."""
    shoppers = np.array([bool(is_commerce(example.history).any()) for example in examples])
    touched = snapshot.objects.popularity[[example.target for example in examples]] > 0
    return {"cold users": ~shoppers, "cold items": ~touched, "warm users": shoppers, "warm items": touched}
