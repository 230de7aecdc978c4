"""The k largest of some values, for compiled loops."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled


@compiled
def top_k(values: NDArray[np.float32], indices: NDArray[np.int64], largest: NDArray[np.float32]) -> None:
    """Write the k largest values above 0, descending, the first of equals first.

    Args:
        values: float32 [N].
        indices: int64 [k], zeros; overwritten with the indices of the largest values.
        largest: float32 [k], zeros; overwritten with these values, 0 where there are fewer than k.

    Examples:
        >>> indices, largest = np.zeros(2, np.int64), np.zeros(2, np.float32)
        >>> top_k(np.array([1, 3, 2], np.float32), indices, largest)
        >>> indices.tolist(), largest.tolist()
        ([1, 2], [3.0, 2.0])
    """
    threshold = np.float32(0.0)
    for index in range(len(values)):
        value = values[index]
        if value <= threshold:  # true of nearly all, so the branch is well predicted
            continue
        rank = len(largest) - 1
        while rank > 0 and largest[rank - 1] < value:
            largest[rank], indices[rank] = largest[rank - 1], indices[rank - 1]
            rank -= 1
        largest[rank], indices[rank] = value, index
        threshold = largest[-1]
