"""Scores that say nothing but an order, by one number and among equals by another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def places(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """The share of different places below each, from 0 to 1; equal in both numbers means the same place."""
    order = np.lexsort((second, first))
    rises = (np.diff(first[order]) > 0) | (np.diff(second[order]) != 0)
    below = np.concatenate(([0], np.cumsum(rises)))[: len(order)]
    found = np.empty(len(order), np.float32)
    found[order] = below / max(int(rises.sum()), 1)
    return found
