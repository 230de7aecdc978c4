"""Percentile ranks as scores: by one number, and among equals by another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def percentile_rank(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the share of the distinct ranks below each, from 0 to 1; equal in both numbers is one rank.

    >>> percentile_rank(np.array([2.0, 1.0, 2.0]), np.array([0.0, 9.0, 5.0])).tolist()
    [0.5, 0.0, 1.0]
    """
    order = np.lexsort((second, first))
    rises = (np.diff(first[order]) > 0) | (np.diff(second[order]) != 0)
    below = np.concatenate(([0], np.cumsum(rises)))[: len(order)]
    ranks = np.empty(len(order), np.float32)
    ranks[order] = below / max(int(rises.sum()), 1)
    return ranks
