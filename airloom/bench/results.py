"""The results of a benchmark: metrics of each model, their intervals, and paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.evaluation.intervals import Estimate, Resampling

ALL: Final = "all"
SAMPLED_CUTS: Final = (1, 3, 5, 10)
"""Of the ranks among sampled products, as the paper gives them."""


@dataclass(frozen=True)
class ModelMeasurement:
    """Ranks and costs of one model.

    Attributes:
        name: Of the model.
        ranks: int64 [n] for each seed it was trained with: the rank of each target among its candidates.
        full: int64 [rows] for each of these seeds or for some: ranks among all products of the domain.
        seconds_training: Of all seeds together.
        seconds_ranking: Of all seeds together.
        memory_mb: The peak memory of its process.
    """

    name: str
    ranks: Sequence[NDArray[np.int64]]
    full: Sequence[NDArray[np.int64]] = ()
    seconds_training: float = 0.0
    seconds_ranking: float = 0.0
    memory_mb: float = 0.0


@dataclass(frozen=True)
class RunContext:
    """What a reader must know to repeat the numbers; all of it goes into the results.

    Attributes:
        dataset: `name` and whatever else describes the data.
        machine: Processor, memory, versions.
        commit: Of the code.
        settings: Of the models and the protocol.
    """

    dataset: Mapping[str, Any]
    machine: Mapping[str, Any]
    commit: str
    settings: Mapping[str, Any]


class Score(NamedTuple):
    """A model on some cases. A case's metric is averaged over seeds first, then over the cases.

    Attributes:
        targets: The number of cases.
        hr: HR@k, by k (1, 3, 5, 10).
        ndcg: NDCG@k, by k (1, 3, 5, 10).
        hr10: HR@10 with its interval.
        ndcg10: NDCG@10 with its interval.
        hr10_by_seed: HR@10 of each seed.
    """

    targets: int
    hr: dict[int, float]
    ndcg: dict[int, float]
    hr10: Estimate
    ndcg10: Estimate
    hr10_by_seed: list[float]

    def to_json(self) -> dict[str, Any]:
        """Return all metrics in one mapping."""
        return {
            "targets": self.targets,
            **{f"hr{k}": value for k, value in self.hr.items()},
            **{f"ndcg{k}": value for k, value in self.ndcg.items()},
            "hr10_ci": [self.hr10.low, self.hr10.high],
            "ndcg10_ci": [self.ndcg10.low, self.ndcg10.high],
            "hr10_by_seed": self.hr10_by_seed,
        }


class FullScore(NamedTuple):
    """A model among all products of a domain.

    Attributes:
        targets: The number of cases.
        hr10: HR@10 with its interval.
        ndcg10: NDCG@10 with its interval.
        metrics: All metrics at all cuts, see `airloom.ranking.evaluation.metrics.list_metrics`.
    """

    targets: int
    hr10: Estimate
    ndcg10: Estimate
    metrics: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Return means and intervals side by side."""
        leading = _side_by_side(hr10=self.hr10, ndcg10=self.ndcg10)
        return {"targets": self.targets, **self.metrics, **leading}


def _side_by_side(**estimates: Estimate) -> dict[str, Any]:
    """Return each mean by its name, and its interval by the name with `_ci`."""
    return {
        key: value
        for name, estimate in estimates.items()
        for key, value in ((name, estimate.mean), (f"{name}_ci", [estimate.low, estimate.high]))
    }


class ModelResult(NamedTuple):
    """One model.

    Attributes:
        measured: Where the numbers come from.
        test: By domain, and `ALL`.
        full: By domain, and by domain for targets that the user never touched before; empty if it was not
            measured.
        slices: By name, without those that are empty.
    """

    measured: ModelMeasurement
    test: dict[str, Score]
    full: dict[str, FullScore]
    slices: dict[str, Score]

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.measured.name

    @property
    def seconds(self) -> float:
        """Seconds of training and ranking, of all seeds."""
        return self.measured.seconds_training + self.measured.seconds_ranking

    def to_json(self) -> dict[str, Any]:
        """Return the JSON of one model; slices have fewer numbers than domains."""
        return {
            "name": self.name,
            "seeds": len(self.measured.ranks),
            "test": {where: score.to_json() for where, score in self.test.items()},
            "full": {where: score.to_json() for where, score in self.full.items()},
            "slices": {
                where: {
                    "targets": score.targets,
                    "hr10": score.hr10.mean,
                    "ndcg10": score.ndcg10.mean,
                    "hr10_ci": [score.hr10.low, score.hr10.high],
                }
                for where, score in self.slices.items()
            },
            "seconds": self.seconds,
            "seconds_training": self.measured.seconds_training,
            "seconds_ranking": self.measured.seconds_ranking,
            "memory_mb": self.measured.memory_mb,
        }


class Difference(NamedTuple):
    """One model minus another on the same cases, case by case.

    Attributes:
        of: The model of interest.
        minus: The one it is compared with.
        where: A domain, `ALL` or a slice.
        targets: The number of cases.
        hr10: Of HR@10.
        ndcg10: Of NDCG@10.
    """

    of: str
    minus: str
    where: str
    targets: int
    hr10: Estimate
    ndcg10: Estimate

    def to_json(self) -> dict[str, Any]:
        """Return means and intervals side by side."""
        return {
            "of": self.of,
            "minus": self.minus,
            "where": self.where,
            "targets": self.targets,
            **_side_by_side(hr10=self.hr10, ndcg10=self.ndcg10),
        }


@dataclass(frozen=True)
class Results:
    """All results of a benchmark run.

    Attributes:
        context: With the numbers of cases, users and candidates, and the digest, added to the dataset.
        domains: In the order of the tables.
        models: In the order they were given.
        differences: In the order of the pairs, each over all, the domains and the slices.
        intervals: How they were made.
    """

    context: RunContext
    domains: list[str]
    models: list[ModelResult]
    differences: list[Difference]
    intervals: Resampling

    def to_json(self) -> dict[str, Any]:
        """Return what is written to the results file."""
        about = self.context
        return {
            "dataset": dict(about.dataset),
            "models": [model.to_json() for model in self.models],
            "differences": [difference.to_json() for difference in self.differences],
            "machine": dict(about.machine),
            "commit": about.commit,
            "settings": dict(about.settings),
        }
