"""Ranking metrics: HR, NDCG, recall and MRR of lists, from the ranks of the relevant products."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

CUTS: Final = (1, 5, 10, 20, 50, 100)
"""Lengths of the lists that are judged."""
METRICS: Final = ("hr", "ndcg", "recall", "mrr")
UNLISTED: Final = int(np.iinfo(np.int64).max)
"""The rank of a product that is not in the list."""


def rank_of_first(scores: NDArray[np.float32]) -> int:
    """Return the rank, from 1, of the first candidate; ties count against it, and so does a score of NaN.

    >>> rank_of_first(np.array([0.5, 0.9, 0.5, 0.1], np.float32))
    3
    """
    if np.isnan(scores[0]):
        return len(scores)
    return 1 + int(np.count_nonzero(~(scores[1:] < scores[0])))


def hit_rate(ranks: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """Return HR@k of each target: 1 if it is among the first k.

    >>> hit_rate(np.array([1, 10, 11]), 10).tolist()
    [1.0, 1.0, 0.0]
    """
    return (ranks <= k).astype(np.float64)


def ndcg(ranks: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """Return NDCG@k of each target, the only relevant product: 1 / log2(1 + rank) among the first k.

    >>> ndcg(np.array([1, 3, 11]), 10).tolist()
    [1.0, 0.5, 0.0]
    """
    return np.where(ranks <= k, 1 / np.log2(1.0 + ranks), 0.0)


def list_metrics(ranks: NDArray[np.int64], lists: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Return all `METRICS` of lists at all `CUTS`, from the ranks of the products that are relevant for them.

    HR@k is 1 if any relevant product is among the first k, recall@k the share of them that is, MRR@k the
    reciprocal rank of the first of them, NDCG@k the sum of 1 / log2(1 + rank) over them, divided by the sum
    if they were all in front (Järvelin and Kekäläinen, TOIS 2002). With one relevant product HR and
    recall are the same.

    Args:
        ranks: int64 [n], from 1, of each relevant product in its list; `UNLISTED` where it is in none.
        lists: int64 [n], the number of its list, from 0; every number up to the largest occurs.

    Returns:
        float64 [L] by name, such as `ndcg10`.

    Examples:
        >>> two_of_one_list = list_metrics(np.array([1, 7]), np.array([0, 0]))
        >>> [two_of_one_list[name].item() for name in ("hr5", "recall5", "mrr5", "recall10")]
        [1.0, 0.5, 1.0, 1.0]
    """
    relevant = np.bincount(lists)
    first = np.full(len(relevant), UNLISTED, np.int64)
    np.minimum.at(first, lists, ranks)
    ideal = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(2.0, 2.0 + max(CUTS))))])
    metrics: dict[str, dict[int, NDArray[np.float64]]] = {name: {} for name in METRICS}
    for k in CUTS:
        metrics["hr"][k] = hit_rate(first, k)
        metrics["ndcg"][k] = np.bincount(lists, ndcg(ranks, k)) / ideal[np.minimum(relevant, k)]
        metrics["recall"][k] = np.bincount(lists, hit_rate(ranks, k)) / relevant
        metrics["mrr"][k] = np.where(first <= k, 1.0 / first, 0.0)
    return {f"{name}{k}": values for name, by_cut in metrics.items() for k, values in by_cut.items()}
