"""How far a mean over users may be off: bootstrap intervals that resample users, not their cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Resampling:
    """How intervals are made.

    Attributes:
        resamples: Bootstrap resamples of users.
        confidence: Share of the resamples that an interval holds.
        seed: Decides the resamples; the same seed resamples the same users for every mean.
    """

    resamples: int = 2000
    confidence: float = 0.95
    seed: int = 23


class Estimate(NamedTuple):
    """A mean and its percentile interval from resampling users."""

    mean: float
    low: float
    high: float


def mean_intervals(
    columns: Sequence[NDArray[np.float64]], users: NDArray[np.int64], how: Resampling
) -> list[Estimate]:
    """The mean of each column; the cases of a user stay together when users are resampled.

    For a paired comparison give the differences of two models' values, case by case.

    Args:
        columns: float64 [n] each, one value a case, at least one case.
        users: int64 [n], whose case it is.
        how: All columns see the same resamples.
    """
    users = np.unique(users, return_inverse=True)[1]
    counts = np.bincount(users)
    rng = np.random.default_rng(how.seed)
    draws = rng.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), how.resamples)
    cases = draws @ counts
    tail = (1 - how.confidence) / 2
    estimates = []
    for values in columns:
        means = (draws @ np.bincount(users, values)) / cases
        low, high = np.quantile(means, [tail, 1 - tail])
        estimates.append(Estimate(float(values.mean()), float(low), float(high)))
    return estimates
