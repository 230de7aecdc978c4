"""Free labels brought home to the merchant's tree: the few categories whose names mean the most alike."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_CHUNK: Final = 8192
"""Rows of one matrix product, so that memory does not grow with the number of labels."""


def nearest(
    queries: NDArray[np.float32], places: NDArray[np.float32], *, split: int, temperature: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The nearest places of every query and a share for each of them.

    Args:
        queries: float32 [Q, D], unit length.
        places: float32 [P, D], unit length.
        split: Places a query at most.
        temperature: Of the softmax over the cosines; a small one gives nearly all to the nearest.

    Returns:
        Rows of `places` and shares, both [Q, min(split, P)], nearest first; the shares of a row sum to 1.
    """
    width = min(split, len(places))
    rows = np.empty((len(queries), width), np.int64)
    cosines = np.empty((len(queries), width))
    for start in range(0, len(queries), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        similar = queries[chunk] @ places.T
        rows[chunk] = np.argsort(-similar, axis=1, kind="stable")[:, :width]
        cosines[chunk] = np.take_along_axis(similar, rows[chunk], axis=1)
    weights = np.exp((cosines - cosines[:, :1]) / temperature)
    return rows, weights / weights.sum(axis=1, keepdims=True)
