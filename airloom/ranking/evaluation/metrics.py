"""How well a ranking finds the one product that was bought."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def rank_of_first(scores: NDArray[np.float32]) -> int:
    """The place, from 1, of the first candidate; ties count against it, and so does a score of NaN."""
    if np.isnan(scores[0]):
        return len(scores)
    return 1 + int(np.count_nonzero(~(scores[1:] < scores[0])))


def hit_rate(ranks: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """HR@k of each target: 1 if it is among the first k."""
    return (ranks <= k).astype(np.float64)


def ndcg(ranks: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """NDCG@k of each target, the only relevant one: 1 / log2(1 + rank) if it is among the first k."""
    return np.where(ranks <= k, 1 / np.log2(1 + ranks), 0.0)
