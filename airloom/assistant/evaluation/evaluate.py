"""Asks answerers all requests of a set and computes the metrics of each answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.evaluation.answerers import Answered, RequestAnswerer
from airloom.assistant.evaluation.metrics import ClaimCheck, condition_match, ndcg, recall
from airloom.assistant.evaluation.request_case import RequestCase, RequestSet
from airloom.assistant.stage_times import Stage
from airloom.progress import progress

K: Final = 10
"""Products of an answer."""
HIT: Final = "hit@1"
RECALL: Final = "recall@10"
NDCG: Final = "NDCG@10"
CONDITIONS: Final = "condition match"
"""Share of the stated conditions that the first products meet; see `condition_match`."""
OUTSIDE: Final = "out of catalogue"
"""Share of the products of an answer that the catalogue does not have."""
CORRECTED: Final = "corrected"
"""Whether the answer corrects a premise of the request."""
RELAXED: Final = "relaxed"
"""Whether the answer leaves a condition out, because no product meets all."""
UNSUPPORTED: Final = "unsupported claims"
"""Share of the things said about products that the graph does not say."""
ACCURACY: Final = "accuracy"
"""Of the choice from a list; the name of the list follows."""
ALL_STAGES: Final = "all"
NOT_THERE: Final = -1
"""Row of a product that the catalogue does not have."""


class Evaluation(NamedTuple):
    """What one answerer is worth.

    Attributes:
        metrics: By name, float64 [cases]; NaN where one says nothing about a request.
        seconds: By stage, float64 [n], of the requests that got so far; and `all` of them, [cases].
    """

    metrics: Mapping[str, NDArray[np.float64]]
    seconds: Mapping[Stage | str, NDArray[np.float64]]


def evaluate(requests: RequestSet, answerer: RequestAnswerer, *, name: str) -> Evaluation:
    """Return the metrics of all answers over the whole catalogue, and of the choices from lists.

    Args:
        requests: What is asked.
        answerer: Who is asked.
        name: Of the answerer, for the bar that shows progress.
    """
    claims = ClaimCheck(requests.snapshot.attributes, requests.snapshot.index)
    metrics: list[dict[str, float]] = []
    seconds: list[Mapping[Stage, float]] = []
    for case in progress(requests.cases, what=name, unit="requests"):
        answered = answerer(case.query, count=K)
        metrics.append(_metrics(case, answered, requests, claims) | _choices(case, answerer, requests))
        seconds.append(answered.seconds)
    stages = dict.fromkeys(stage for times in seconds for stage in times)
    return Evaluation(
        {name: np.array([row[name] for row in metrics]) for name in metrics[0]},
        {stage: np.array([times[stage] for times in seconds if stage in times]) for stage in stages}
        | {ALL_STAGES: np.array([sum(times.values()) for times in seconds])},
    )


def _metrics(
    case: RequestCase, answered: Answered, requests: RequestSet, claims: ClaimCheck
) -> dict[str, float]:
    index, graph, nan = requests.snapshot.index, requests.snapshot.attributes, float("nan")
    rows = [index.get(object_id, NOT_THERE) for object_id in answered.ids]
    whole = answered.assistant
    return {
        HIT: recall(rows, case.satisfying, k=1),
        RECALL: recall(rows, case.satisfying, k=K),
        NDCG: ndcg(rows, case.satisfying, k=K),
        CONDITIONS: condition_match(rows, case.stated, graph, k=K),
        OUTSIDE: float(np.mean([row == NOT_THERE for row in rows])) if rows else 0.0,
        CORRECTED: float(len(whole.understood.corrections) > 0) if whole else nan,
        RELAXED: float(len(whole.relaxed) > 0) if whole else nan,
        UNSUPPORTED: claims.unsupported(whole) if whole else nan,
    }


def _choices(case: RequestCase, answerer: RequestAnswerer, requests: RequestSet) -> dict[str, float]:
    """Return whether the one product that answers is chosen from each list; not choosing is wrong."""
    right = {}
    for name in requests.choice_names:
        choice = case.choices.get(name)
        if choice is None:
            right[f"{ACCURACY} {name}"] = float("nan")
        else:
            ids = answerer(case.query, count=1, among=choice.rows).ids
            right[f"{ACCURACY} {name}"] = float(ids[:1] == (requests.snapshot.objects.ids[choice.positive],))
    return right
