"""Draws one index out of a segment of weighted indices, for many segments at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def running_mass(weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the mass before each index and, last, of all: float64 [N + 1] for N weights, flattened."""
    return np.concatenate([[0.0], weights.ravel().cumsum(dtype=np.float64)])


def draw_indices(
    random: np.random.Generator,
    mass: NDArray[np.float64],
    *,
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return one index of each segment, drawn in proportion to weight.

    Args:
        random: Source of randomness.
        mass: Of `running_mass`.
        begins: int64 [D], first index of each draw's segment.
        ends: int64 [D], the index after its last.

    Returns:
        int64 [D], an index of positive weight, or -1 where the segment has none.
    """
    low, high = mass[begins], mass[ends]
    # rounding must not lead to the end of the segment, which belongs to the next one
    target = np.minimum(low + random.random(len(begins)) * (high - low), np.nextafter(high, -np.inf))
    return np.where(high > low, np.searchsorted(mass, target, side="right") - 1, -1)
