"""When in a day things happen: people come in sessions, most of them in the evening."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airloom.timestamps import MICROS_PER_DAY, MICROS_PER_SECOND

MINUTE = 60 * MICROS_PER_SECOND
_HOUR = 60 * MINUTE
_CROWD = (2, 1, 1, 1, 1, 2, 4, 6, 6, 5, 5, 6, 8, 7, 6, 6, 7, 8, 10, 12, 13, 12, 8, 4)  # by hour, UTC


def arrivals(random: np.random.Generator, shape: tuple[int, ...], *, stay: int) -> NDArray[np.int64]:
    """Return when people come, in microseconds after midnight, so early that they leave before midnight."""
    crowd = np.array(_CROWD) / sum(_CROWD)
    hours = np.searchsorted(crowd.cumsum(), random.random(shape), side="right")
    return (np.minimum(hours, 23) * _HOUR + random.integers(0, _HOUR, shape)) % (MICROS_PER_DAY - stay)
