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
HALF_LIVES: Final = 10
"""An event older than this many half-lives counts less than a thousandth of a new one and is not read."""


def events_before(lake: Lake, *, as_of: int, half_life_days: float) -> ds.Dataset:
    """The days that may hold events before `as_of` which still count; the caller filters `ts < as_of`.

    Args:
        lake: Holds the clean events.
        as_of: Seconds since 1970 UTC.
        half_life_days: After how many days an event counts half.
    """
    last = datetime.fromtimestamp(as_of - 1, UTC).date()
    span = timedelta(days=int(HALF_LIVES * half_life_days) + 1)
    return lake.dataset(EVENTS, since=last - span, until=last)


def decay(ages_days: NDArray[np.floating], half_life_days: float) -> NDArray[np.float64]:
    """0.5 ** (age / half-life), float64 of the same shape."""
    return np.exp2(-np.asarray(ages_days, np.float64) / half_life_days)
