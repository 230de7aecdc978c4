"""Ranking metrics for one relevant product: rank, HR@k and NDCG@k."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


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
    return np.where(ranks <= k, 1 / np.log2(1 + ranks), 0.0)
