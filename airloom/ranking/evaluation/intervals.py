"""How far a mean may be off: bootstrap intervals that resample users, not their cases, and trainings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES_AT_ONCE: Final = 100
"""Resamples whose draws are in memory together."""


@dataclass(frozen=True)
class Resampling:
    """How intervals are made.

    Attributes:
        resamples: Bootstrap resamples.
        confidence: Share of the resamples that an interval holds.
        seed: Decides the resamples; the same seed draws the same users for every mean, and the same
            trainings for every mean of as many.
    """

    resamples: int = 2000
    confidence: float = 0.95
    seed: int = 23


class Estimate(NamedTuple):
    """A mean and its percentile interval."""

    mean: float
    low: float
    high: float


def mean_intervals(
    columns: Sequence[NDArray[np.float64]], users: NDArray[np.int64], how: Resampling
) -> list[Estimate]:
    """The mean of each column; the cases of a user stay together when users are resampled.

    A model that was trained several times is resampled by training too: otherwise an interval would only say
    how far these trainings may be off, not those that a reader will make. For a paired comparison give the
    differences of two models' values, case by case and training by training.

    Args:
        columns: float64 [n] each, one value a case, at least one case; or [S, n] of S trainings.
        users: int64 [n], whose case it is.
        how: All columns see the same resamples.
    """
    users = np.unique(users, return_inverse=True)[1]
    counts = np.bincount(users)
    by_user = [
        np.stack([np.bincount(users, values) for values in np.atleast_2d(column)], axis=1)
        for column in columns
    ]
    means = np.empty((len(columns), how.resamples))
    shares = {trained: _shares(trained, how) for trained in {sums.shape[1] for sums in by_user}}
    rng, even = np.random.default_rng(how.seed), np.full(len(counts), 1 / len(counts))
    for begin in range(0, how.resamples, RESAMPLES_AT_ONCE):
        rows = slice(begin, min(begin + RESAMPLES_AT_ONCE, how.resamples))
        draws = rng.multinomial(len(counts), even, rows.stop - begin)
        cases = draws @ counts
        for column, sums in enumerate(by_user):
            means[column, rows] = (draws @ sums * shares[sums.shape[1]][rows]).sum(axis=1) / cases
    tail = (1 - how.confidence) / 2
    limits = np.quantile(means, [tail, 1 - tail], axis=1).T
    return [
        Estimate(float(np.mean(column)), float(low), float(high))
        for column, (low, high) in zip(columns, limits, strict=True)
    ]


def _shares(trained: int, how: Resampling) -> NDArray[np.float64]:
    """How much each of `trained` trainings counts in each resample, float64 [resamples, trained]."""
    rng = np.random.default_rng([how.seed, trained])
    return rng.multinomial(trained, np.full(trained, 1 / trained), how.resamples) / trained
