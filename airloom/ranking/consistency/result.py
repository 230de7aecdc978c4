"""The result of a consistency measurement: means over users with intervals, and the level of chance."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.consistency.agreement import METRICS
from airloom.ranking.evaluation.intervals import Estimate, Resampling, mean_intervals


class ConsistencyMetric(NamedTuple):
    """One metric (see `airloom.ranking.consistency.agreement`).

    Attributes:
        users: Users for whom it is defined.
        own: A user's composed tree against the reading of the same user's history.
        chance: The same trees against readings of another user's history.
        above_chance: `own` less `chance`, paired.
    """

    users: int
    own: Estimate
    chance: Estimate
    above_chance: Estimate


class Consistency(NamedTuple):
    """The result of a measurement.

    Attributes:
        users: Users compared.
        left_out: Users who could not be compared, by reason.
        events: Mean number of events that both sides saw.
        composed_nodes: Mean number of nodes in the composed tree.
        direct_nodes: Mean number of nodes in the direct reading.
        candidates: Products whose order was compared.
        metrics: By the names `METRICS`.
    """

    users: int
    left_out: dict[str, int]
    events: float
    composed_nodes: float
    direct_nodes: float
    candidates: int
    metrics: dict[str, ConsistencyMetric]

    def as_dict(self) -> dict[str, Any]:
        """Return the result for JSON."""
        return self._asdict() | {
            "metrics": {
                name: {"users": metric.users}
                | {side: getattr(metric, side)._asdict() for side in ("own", "chance", "above_chance")}
                for name, metric in self.metrics.items()
            },
        }


def estimated(
    own: NDArray[np.float64], chance: NDArray[np.float64], *, resamples: int, confidence: float, seed: int
) -> dict[str, ConsistencyMetric]:
    """Return every metric that is defined for at least one user.

    Args:
        own: float64 [users, METRICS], NaN where a metric is not defined.
        chance: The same for the trees against another user's reading.
        resamples: Bootstrap resamples of users.
        confidence: Of the intervals.
        seed: Of the resamples.
    """
    resampling = Resampling(resamples, confidence, seed)
    metrics = {}
    for column, name in enumerate(METRICS):
        both = np.stack([own[:, column], chance[:, column]])
        mine, others = both[:, np.isfinite(both).all(axis=0)]
        users = len(mine)
        if users:
            estimates = mean_intervals([mine, others, mine - others], np.arange(users), resampling)
            metrics[name] = ConsistencyMetric(users, *estimates)
    return metrics
