"""Drawing one place out of a segment of weighted places, for many segments at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def running_mass(weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """Mass before each place and, last, of all: float64 [N + 1] for weights of N places, flattened."""
    return np.concatenate([[0.0], weights.ravel().cumsum(dtype=np.float64)])


def draw_places(
    random: np.random.Generator,
    mass: NDArray[np.float64],
    *,
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> NDArray[np.int64]:
    """One place out of each segment, in proportion to weight.

    Args:
        random: Source of luck.
        mass: Of `running_mass`.
        begins: int64 [D], first place of each draw's segment.
        ends: int64 [D], the place after its last.

    Returns:
        int64 [D], a place of positive weight, or -1 where the segment has none.
    """
    low, high = mass[begins], mass[ends]
    # rounding must not lead to the end of the segment, which belongs to the next one
    target = np.minimum(low + random.random(len(begins)) * (high - low), np.nextafter(high, -np.inf))
    return np.where(high > low, np.searchsorted(mass, target, side="right") - 1, -1)
