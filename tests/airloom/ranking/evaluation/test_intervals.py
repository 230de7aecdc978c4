from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.ranking.evaluation import intervals
from airloom.ranking.evaluation.intervals import Resampling, mean_intervals

HOW = Resampling(resamples=400)


def test_cases_of_one_user_are_one_observation() -> None:
    """100 cases of two users say no more than two cases: the interval reaches from one user to the other."""
    values, users = np.repeat([0.0, 1.0], 50), np.repeat([7, 8], 50)
    (together,) = mean_intervals([values], users, HOW)
    assert together == (0.5, 0.0, 1.0)
    (apart,) = mean_intervals([values], np.arange(100), HOW)
    assert apart.high - apart.low < 0.25


def test_a_95_percent_interval_holds_the_truth_about_95_times_of_100() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(200):
        (interval,) = mean_intervals([rng.normal(3.0, 1.0, 80)], np.arange(80), HOW)
        held += interval.low <= 3.0 <= interval.high
    assert 0.88 <= held / 200 <= 0.99


def test_confidence_decides_the_width() -> None:
    values, users = np.random.default_rng(0).normal(size=100), np.arange(100)
    (narrow,) = mean_intervals([values], users, Resampling(confidence=0.5))
    (wide,) = mean_intervals([values], users, Resampling(confidence=0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


@given(st.lists(st.tuples(st.floats(-1, 1), st.integers(0, 5)), min_size=1, max_size=30), st.floats(-3, 3))
def test_all_columns_see_the_same_resamples(cases: list[tuple[float, int]], shift: float) -> None:
    values, users = np.array([value for value, _ in cases]), np.array([user for _, user in cases])
    plain, shifted = mean_intervals([values, values + shift], users, HOW)
    assert shifted == pytest.approx([number + shift for number in plain])


def test_trainings_that_disagree_make_an_interval_wider() -> None:
    """Two trainings that differ by 1 for everybody: a resample may hold one of them twice."""
    values = np.random.default_rng(0).normal(size=50)
    alone, alike, apart = mean_intervals(
        [values, np.stack([values, values]), np.stack([values - 0.5, values + 0.5])], np.arange(50), HOW
    )
    assert alike == pytest.approx(alone)
    assert apart.mean == pytest.approx(alone.mean)
    assert apart.low < alone.low - 0.3
    assert apart.high > alone.high + 0.3


def test_memory_is_bounded_by_a_part_of_the_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    values, users = np.random.default_rng(0).normal(size=(2, 40)), np.arange(40)
    (whole,) = mean_intervals([values], users, HOW)
    monkeypatch.setattr(intervals, "RESAMPLES_PER_BLOCK", 7)
    (pieced,) = mean_intervals([values], users, HOW)
    assert pieced == pytest.approx(whole)
