"""Reads the clean events before a moment (point-in-time correct), and computes their decay."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import numpy as np
import pyarrow.dataset as ds
from numpy.typing import NDArray

from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake
from airloom.timestamps import EpochSeconds, last_day_before

MAX_DAYS: Final = 100 * 366
"""The longest time that is looked back, also for an infinite half-life."""
MAX_HALF_LIVES: Final = 10
"""An older event counts less than a thousandth of a new one and is not read."""


def events_before(lake: Lake, *, before: EpochSeconds, days: int) -> ds.Dataset:
    """Return the last `days` days of events up to `before`; the caller still filters `ts < before`.

    Args:
        lake: Holds the clean events.
        before: The moment that the days end with; the last day may reach beyond it.
        days: How far to look back.
    """
    last = last_day_before(before)
    return lake.dataset(EVENTS, since=last - timedelta(days=min(days, MAX_DAYS)), through=last)


def lookback_days(half_life_days: float) -> int:
    """Return how many days back events still count, if they count half after `half_life_days`.

    >>> lookback_days(4.0)
    41
    """
    return int(min(MAX_HALF_LIVES * half_life_days, MAX_DAYS)) + 1


def decay(ages_days: NDArray[np.floating], half_life_days: float) -> NDArray[np.float64]:
    """Return 0.5 ** (age / half-life), float64 of the same shape.

    >>> decay(np.array([0.0, 4.0, 8.0]), 4.0).tolist()
    [1.0, 0.5, 0.25]
    """
    return np.exp2(-np.asarray(ages_days, np.float64) / half_life_days)
