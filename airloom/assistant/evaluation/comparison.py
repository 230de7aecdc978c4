"""Means of metrics with intervals, and the assistant beside each control, request by request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.evaluation.evaluate import Evaluation
from airloom.assistant.evaluation.request_case import RequestCase, groups_of
from airloom.ranking.evaluation.intervals import Estimate, Resampling, mean_intervals, share_interval

ALL: Final = "all"
"""The slice of all requests."""
ASSISTANT: Final = "assistant"
RULES: Final = "rules"
"""The assistant without its language model."""
PERCENTILES: Final = (50, 95, 99)


class Mean(NamedTuple):
    """A metric of one answerer over a slice of the requests.

    Attributes:
        answerer: Its name.
        where: The slice.
        metric: Its name.
        requests: Those of the slice about which the metric says something.
        estimate: With its interval.
    """

    answerer: str
    where: str
    metric: str
    requests: int
    estimate: Estimate


class AnswererComparison(NamedTuple):
    """What answerers are worth.

    Attributes:
        means: Of each answerer, slice and metric that says something.
        differences: The assistant's metric minus that of each control, request by request; by the control.
        milliseconds: Percentiles by answerer and stage.
    """

    means: tuple[Mean, ...]
    differences: tuple[Mean, ...]
    milliseconds: Mapping[str, Mapping[str, tuple[float, ...]]]

    def to_json(self) -> dict[str, Any]:
        """Return all numbers."""
        return {
            "means": [mean._asdict() | {"estimate": mean.estimate._asdict()} for mean in self.means],
            "differences": [
                mean._asdict() | {"estimate": mean.estimate._asdict()} for mean in self.differences
            ],
            "milliseconds": {
                answerer: {
                    stage: {
                        f"p{percentile}": value for percentile, value in zip(PERCENTILES, values, strict=True)
                    }
                    for stage, values in stages.items()
                }
                for answerer, stages in self.milliseconds.items()
            },
        }


def compare(
    cases: Sequence[RequestCase], evaluations: Mapping[str, Evaluation], resampling: Resampling
) -> AnswererComparison:
    """Return the means of all evaluations, by kind and number of conditions too, and the differences.

    Args:
        cases: The requests.
        evaluations: By the name of the answerer; the assistant's is `ASSISTANT`.
        resampling: How intervals are computed; requests are resampled.
    """
    own, groups = evaluations[ASSISTANT].metrics, groups_of(cases)
    slices = slices_of(cases)
    means = [
        Mean(name, where, metric, len(known), _estimate(known, groups[rows], resampling))
        for name, evaluation in evaluations.items()
        for where, inside in slices.items()
        for metric, known, rows in _known(evaluation.metrics, inside)
    ]
    differences = [
        Mean(name, where, metric, len(known), mean_intervals([known], groups[rows], resampling)[0])
        for name, evaluation in evaluations.items()
        if name != ASSISTANT
        for where, inside in slices.items()
        for metric, known, rows in _known(
            {metric: own[metric] - values for metric, values in evaluation.metrics.items()}, inside
        )
    ]
    milliseconds = {
        name: {
            str(stage): tuple(float(value) for value in np.percentile(seconds * 1000, PERCENTILES))
            for stage, seconds in evaluation.seconds.items()
        }
        for name, evaluation in evaluations.items()
    }
    return AnswererComparison(tuple(means), tuple(differences), milliseconds)


def slices_of(cases: Sequence[RequestCase]) -> dict[str, NDArray[np.bool_]]:
    """Return which requests are in each slice, bool [cases]: all, each kind, and each kind and number."""
    kinds = [case.kind for case in cases]
    counted = [f"{case.kind}, {case.conditions} conditions" if case.conditions else "" for case in cases]
    slices = {ALL: np.ones(len(cases), np.bool_)}
    for names in (kinds, counted):
        slices |= {
            name: np.array([own == name for own in names]) for name in sorted(filter(None, set(names)))
        }
    return slices


def _known(
    metrics: Mapping[str, NDArray[np.float64]], inside: NDArray[np.bool_]
) -> Iterator[tuple[str, NDArray[np.float64], NDArray[np.int64]]]:
    """Yield each metric that says something in a slice, with its values and the requests that have one."""
    for metric, values in metrics.items():
        rows = np.flatnonzero(inside & ~np.isnan(values))
        if len(rows):
            yield metric, values[rows], rows


def _estimate(values: NDArray[np.float64], groups: NDArray[np.int64], resampling: Resampling) -> Estimate:
    """Return the mean: of yes and no about independent requests by Wilson, else by resampling.

    Where all requests of all groups agree, resampling would show no doubt at all; then each group counts as
    one request.
    """
    independent = len(np.unique(groups))
    if np.isin(values, (0.0, 1.0)).all() and independent == len(values):
        return share_interval(int(values.sum()), independent, confidence=resampling.confidence)
    if np.isin(values[0], (0.0, 1.0)) and (values == values[0]).all():
        return share_interval(int(values[0]) * independent, independent, confidence=resampling.confidence)
    [estimate] = mean_intervals([values], groups, resampling)
    return estimate
