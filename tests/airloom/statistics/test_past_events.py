from __future__ import annotations

from math import inf
from pathlib import Path

import numpy as np

from airloom.logs.lake import Lake
from airloom.statistics.past_events import MAX_DAYS, decay, events_before, lookback_days
from airloom.timestamps import EpochSeconds


def test_ten_half_lives_are_looked_at() -> None:
    assert lookback_days(4.0) == 41


def test_what_never_fades_is_read_from_the_beginning_of_any_log(tmp_path: Path) -> None:
    for half_life in (1e6, inf):
        days = lookback_days(half_life)
        assert days == MAX_DAYS + 1
        assert events_before(Lake(tmp_path), before=EpochSeconds(1_772_000_000), days=days).count_rows() == 0
    assert events_before(Lake(tmp_path), before=EpochSeconds(1_772_000_000), days=10**9).count_rows() == 0


def test_an_event_counts_half_after_a_half_life() -> None:
    np.testing.assert_allclose(decay(np.array([0.0, 4.0, 8.0]), 4.0), [1.0, 0.5, 0.25])
    np.testing.assert_allclose(decay(np.array([0.0, 1e6]), inf), [1.0, 1.0])
