"""Bounds what one user weighs in a metric, so that nobody decides an experiment alone.

Spending is heavy-tailed: one order can be larger than all others together, and then means, their errors and
every interval that rests on the central limit theorem say nothing. Confidence sequences for heavy tails need
a bound of the variance, which nobody knows of spending (Wang, Ramdas, "Catoni-style confidence sequences for
heavy-tailed mean estimation", 2023). So values above a cap count as the cap (winsorizing), as is recommended
for revenue (Kohavi, Tang, Xu, "Trustworthy Online Controlled Experiments", 2020).

The cap is a quantile fixed in the plan, over the users of all variants together: it does not know who is in
which, so without an effect capped values are as exchangeable as the others, and no false alarm is added.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airloom.experiments.metrics import Metric

NO_CAP: Final = 1.0
"""The quantile that caps nothing."""


class Cap(NamedTuple):
    """The cap of a metric.

    Attributes:
        numerator: The most that a user's numerator counts, of either sign; infinite if nothing is capped.
        denominator: The most that the denominator counts; above it both are scaled down, so that a user's own
            ratio stays. Infinite without a denominator.
        users: Users of all variants who count less than they have.
    """

    numerator: float
    denominator: float
    users: int


def capped(users: pa.Table, metric: Metric, *, quantile: float) -> tuple[pa.Table, Cap]:
    """Return the user table with the columns of a metric capped, and the cap.

    Args:
        users: The users of all variants that are compared.
        metric: Its columns are capped, each at a quantile of the users who have any of it; never at the
            largest value, so that the user on top never counts more than the next.
        quantile: From 0.5 to 1, which caps nothing.
    """
    if quantile == NO_CAP:
        return users, Cap(np.inf, np.inf, 0)
    numerator = _floats(users, metric.numerator)
    weights = np.ones(len(numerator))
    denominator_limit = np.inf
    if metric.denominator is not None:
        denominator = _floats(users, metric.denominator)
        denominator_limit = _limit(denominator, quantile)
        above = np.abs(denominator) > denominator_limit  # never where the limit is infinite
        weights[above] = denominator_limit / np.abs(denominator[above])
        users = _with(users, metric.denominator, denominator * weights)
    weighted = numerator * weights
    limit = _limit(weighted, quantile)
    users = _with(users, metric.numerator, np.clip(weighted, -limit, limit))
    if metric.covariate is not None:
        before = _floats(users, metric.covariate)
        bound = _limit(before, quantile)
        users = _with(users, metric.covariate, np.clip(before, -bound, bound))
    reduced = (weights < 1) | (np.abs(weighted) > limit)
    return users, Cap(limit, denominator_limit, int(reduced.sum()))


def _limit(values: NDArray[np.float64], quantile: float) -> float:
    sizes = np.sort(np.abs(values[values != 0]))
    if len(sizes) < 2:
        return np.inf
    return float(sizes[int(quantile * (len(sizes) - 1))])  # below 1 of n - 1: never the largest


def _floats(users: pa.Table, column: str) -> NDArray[np.float64]:
    return np.asarray(users[column].to_numpy(), np.float64)


def _with(users: pa.Table, column: str, values: NDArray[np.float64]) -> pa.Table:
    return users.set_column(users.column_names.index(column), column, pa.array(values))
