"""Confidence intervals of means: users (not cases) and training runs are resampled; of shares by Wilson."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES_PER_BLOCK: Final = 100
"""Resamples that are in memory together."""


@dataclass(frozen=True)
class Resampling:
    """How intervals are computed.

    Attributes:
        resamples: The number of bootstrap resamples.
        confidence: Share of the resamples inside an interval.
        seed: Decides the resamples; the same seed draws the same users for every mean, and the same training
            runs for every mean over equally many runs.
    """

    resamples: int = 2000
    confidence: float = 0.95
    seed: int = 23


class Estimate(NamedTuple):
    """A mean and its percentile interval."""

    mean: float
    low: float
    high: float

    def signed(self) -> str:
        """Return a difference as text.

        >>> Estimate(0.013, 0.001, 0.024).signed()
        '+0.013 (+0.001 to +0.024)'
        """
        return f"{self.mean:+.3f} ({self.low:+.3f} to {self.high:+.3f})"


def mean_intervals(
    columns: Sequence[NDArray[np.float64]], users: NDArray[np.int64], resampling: Resampling
) -> list[Estimate]:
    """Return the mean of each column with its interval; the cases of one user are resampled together.

    A model that was trained several times is resampled by training run too, so that the interval includes
    the variance between runs. For a paired comparison give the differences of two
    models' values, case by case and run by run.

    Args:
        columns: float64 [n], one value for each case, at least one case; or [S, n] of S training runs.
        users: int64 [n], the user of each case.
        resampling: All columns use the same resamples.

    Examples:
        >>> hits = np.array([1.0, 0.0, 1.0, 1.0])
        >>> [estimate] = mean_intervals([hits], np.arange(4), Resampling(resamples=100))
        >>> estimate.mean, estimate.low <= 0.75 <= estimate.high
        (0.75, True)
    """
    users = np.unique(users, return_inverse=True)[1]
    counts = np.bincount(users)
    by_user = [
        np.stack([np.bincount(users, values) for values in np.atleast_2d(column)], axis=1)
        for column in columns
    ]
    means = np.empty((len(columns), resampling.resamples))
    shares = {runs: _run_shares(runs, resampling) for runs in {sums.shape[1] for sums in by_user}}
    rng, even = np.random.default_rng(resampling.seed), np.full(len(counts), 1 / len(counts))
    for begin in range(0, resampling.resamples, RESAMPLES_PER_BLOCK):
        rows = slice(begin, min(begin + RESAMPLES_PER_BLOCK, resampling.resamples))
        draws = rng.multinomial(len(counts), even, rows.stop - begin)
        cases = draws @ counts
        for column, sums in enumerate(by_user):
            means[column, rows] = (draws @ sums * shares[sums.shape[1]][rows]).sum(axis=1) / cases
    tail = (1 - resampling.confidence) / 2
    limits = np.quantile(means, [tail, 1 - tail], axis=1).T
    return [
        Estimate(float(np.mean(column)), float(low), float(high))
        for column, (low, high) in zip(columns, limits, strict=True)
    ]


def share_interval(count: int, of: int, *, confidence: float) -> Estimate:
    """Return a share with its interval by Wilson (1927), which is no point where nothing or all was counted.

    Args:
        count: Cases that count.
        of: All cases, at least one; they are independent.
        confidence: Of the interval.

    >>> share_interval(0, 2390, confidence=0.95).high < 0.002
    True
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, shrink = count / of, 1 + z * z / of
    center = (share + z * z / (2 * of)) / shrink
    half = z * float(np.sqrt(share * (1 - share) / of + z * z / (4 * of * of))) / shrink
    return Estimate(share, min(max(center - half, 0.0), share), max(min(center + half, 1.0), share))


def _run_shares(runs: int, resampling: Resampling) -> NDArray[np.float64]:
    """Return the share of each training run in each resample, float64 [resamples, runs]."""
    rng = np.random.default_rng([resampling.seed, runs])
    return rng.multinomial(runs, np.full(runs, 1 / runs), resampling.resamples) / runs
