"""Top-k similarity search: the categories that are nearest in meaning, and a share for each of them."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_CHUNK: Final = 8192
"""Rows of one matrix product, so that memory does not grow with the number of labels."""


class CategoryLinks(NamedTuple):
    """The nearest categories of Q queries, nearest first; W is the smaller of `split` and their number.

    Attributes:
        rows: int64 [Q, W], rows of the categories.
        cosines: float64 [Q, W].
        shares: float64 [Q, W], a softmax over the cosines; each row sums to 1.
    """

    rows: NDArray[np.int64]
    cosines: NDArray[np.float64]
    shares: NDArray[np.float64]


def link_to_categories(
    queries: NDArray[np.float32], categories: NDArray[np.float32], *, split: int, temperature: float
) -> CategoryLinks:
    """Return the nearest categories of every query and a share for each of them.

    Args:
        queries: float32 [Q, D], unit length.
        categories: float32 [C, D], unit length.
        split: Maximum number of categories a query.
        temperature: Of the softmax over the cosines; a small one gives nearly all to the nearest.
    """
    width = min(split, len(categories))
    rows = np.empty((len(queries), width), np.int64)
    cosines = np.empty((len(queries), width))
    for start in range(0, len(queries), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        similar = queries[chunk] @ categories.T
        rows[chunk] = np.argsort(-similar, axis=1, kind="stable")[:, :width]
        cosines[chunk] = np.take_along_axis(similar, rows[chunk], axis=1)
    weights = np.exp((cosines - cosines[:, :1]) / temperature)
    return CategoryLinks(rows, cosines, weights / weights.sum(axis=1, keepdims=True))
