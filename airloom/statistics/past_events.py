"""The clean events that statistics as of a moment may look at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow.dataset as ds
from numpy.typing import NDArray

from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake

DAY_SECONDS: Final = 86_400
MICROSECONDS: Final = 1_000_000
"""Of a second: clean events are stamped in microseconds, moments are given in seconds."""
MOST_DAYS: Final = 100 * 366
"""No log is older; a half-life may be longer, or infinite."""
HALF_LIVES: Final = 10
"""An event older than this many half-lives counts less than a thousandth of a new one and is not read."""


def events_before(lake: Lake, *, as_of: int, days: int) -> ds.Dataset:
    """The last `days` days that may hold events before `as_of`; the caller filters `ts < as_of`.

    Args:
        lake: Holds the clean events.
        as_of: Seconds since 1970 UTC.
        days: How far to look back.
    """
    last = datetime.fromtimestamp(as_of - 1, UTC).date()
    return lake.dataset(EVENTS, since=last - timedelta(days=min(days, MOST_DAYS)), through=last)


def days_that_count(half_life_days: float) -> int:
    """How far back events still count, if they count half after `half_life_days`."""
    return int(min(HALF_LIVES * half_life_days, MOST_DAYS)) + 1


def decay(ages_days: NDArray[np.floating], half_life_days: float) -> NDArray[np.float64]:
    """0.5 ** (age / half-life), float64 of the same shape."""
    return np.exp2(-np.asarray(ages_days, np.float64) / half_life_days)
