from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.experiments.sequential import critical_value

ALPHA = 0.05
RUNS = 2000


def misses_allowed() -> float:
    """Three standard deviations above the promised rate."""
    return RUNS * ALPHA + 3 * np.sqrt(RUNS * ALPHA * (1 - ALPHA))


@given(st.floats(1, 1e9), st.floats(1, 1e9), st.floats(1e-6, 0.5))
def test_it_is_always_wider_than_a_single_look(amount: float, tightest_at: float, alpha: float) -> None:
    from statistics import NormalDist

    assert critical_value(amount, alpha=alpha, tightest_at=tightest_at) > NormalDist().inv_cdf(1 - alpha / 2)


def test_it_is_smallest_near_the_planned_amount() -> None:
    values = {
        t: critical_value(t, alpha=ALPHA, tightest_at=10_000) for t in (100, 1000, 10_000, 100_000, 1e6)
    }
    assert min(values, key=values.__getitem__) == 10_000
    assert values[10_000] == pytest.approx(3.03, abs=0.01)


def test_looking_after_every_few_users_misses_the_truth_no_more_often_than_promised() -> None:
    """Users arrive one after another; the report is opened 40 times. The ordinary interval fails badly."""
    rng = np.random.default_rng(0)
    values = rng.gamma(0.5, 2.0, (RUNS, 4000)) - 1.0
    looks = np.arange(100, 4001, 100)
    means = np.cumsum(values, axis=1)[:, looks - 1] / looks
    squares = np.cumsum(values**2, axis=1)[:, looks - 1] / looks
    statistic = np.abs(means) / np.sqrt((squares - means**2) / looks)
    critical = np.asarray([critical_value(t, alpha=ALPHA, tightest_at=2000) for t in looks.tolist()])
    assert (statistic > critical).any(axis=1).sum() < misses_allowed()
    assert (statistic > 1.96).any(axis=1).sum() > 3 * RUNS * ALPHA


@pytest.mark.parametrize("loyalty", [0.0, 0.8])
def test_users_who_all_come_at_once_and_stay_are_covered_too(loyalty: float) -> None:
    """Four hundred users are there from the first day and differ among themselves; 30 daily looks."""
    rng = np.random.default_rng(1)
    users, days = 400, 30
    misses = 0
    for _ in range(RUNS):
        taste = rng.gamma(1.0, 1.0, users)
        daily = rng.poisson(np.outer(loyalty * taste + 1 - loyalty, np.ones(days)))
        so_far = np.cumsum(daily, axis=1)
        treated = rng.permutation(users) < users // 2
        one, other = so_far[treated], so_far[~treated]
        error = np.sqrt(one.var(axis=0) / len(one) + other.var(axis=0) / len(other))
        statistic = np.abs(one.mean(axis=0) - other.mean(axis=0)) / error
        amounts = users * np.arange(1, days + 1)
        misses += any(
            statistic > [critical_value(t, alpha=ALPHA, tightest_at=4000) for t in amounts.tolist()]
        )
    assert misses < misses_allowed()
