"""The clean events that statistics of a moment may look at: only earlier ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import numpy as np
import pyarrow.dataset as ds
from numpy.typing import NDArray

from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake
from airloom.timestamps import EpochSeconds, last_day_before

MOST_DAYS: Final = 100 * 366
"""No log is older; a half-life may be longer, or infinite."""
HALF_LIVES: Final = 10
"""An event older than this many half-lives counts less than a thousandth of a new one and is not read."""


def events_before(lake: Lake, *, before: EpochSeconds, days: int) -> ds.Dataset:
    """Return the last `days` days of events up to `before`; the caller still filters `ts < before`.

    Args:
        lake: Holds the clean events.
        before: The moment that the days end with; the last day may reach beyond it.
        days: How far to look back.
    """
    last = last_day_before(before)
    return lake.dataset(EVENTS, since=last - timedelta(days=min(days, MOST_DAYS)), through=last)


def days_that_count(half_life_days: float) -> int:
    """How far back events still count, if they count half after `half_life_days`."""
    return int(min(HALF_LIVES * half_life_days, MOST_DAYS)) + 1


def decay(ages_days: NDArray[np.floating], half_life_days: float) -> NDArray[np.float64]:
    """0.5 ** (age / half-life), float64 of the same shape."""
    return np.exp2(-np.asarray(ages_days, np.float64) / half_life_days)
