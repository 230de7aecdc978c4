"""The hidden truth of the sample world: what people of a lifestyle watch and buy.

Only the simulation and the evaluation of reasoners may import this module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from airloom.simulation.catalogue import LANGUAGES, load_catalogue, read_rows

ENTERTAINMENT = -1


@dataclass(frozen=True)
class Truth:
    """Lifestyles, the videos they watch and the leaves they buy.

    Attributes:
        lifestyles: Names, ascending.
        content: int8 [C], the lifestyle of each video of the catalogue, `ENTERTAINMENT` for none.
        weights: float64 [lifestyles, leaves], rows sum to 1.
    """

    lifestyles: tuple[str, ...]
    content: NDArray[np.int8]
    weights: NDArray[np.float64]


@dataclass(frozen=True)
class IntentQuality:
    """How well a reasoner's leaves agree with the leaves of the videos' lifestyles.

    Attributes:
        videos: Lifestyle videos that were answered (an empty answer counts as one that hits nothing).
        hit: Share of them with at least one right leaf among the first three.
        precision: Mean share of right leaves among the first three given; 0 for an empty answer.
        recall: Mean weight of the right leaves among the first three, of all weight of the lifestyle.
    """

    videos: int
    hit: float
    precision: float
    recall: float


@cache
def load_truth() -> Truth:
    """Return the hidden truth that ships with Airloom."""
    leaves = {path[-1]: row for row, path in enumerate(load_catalogue().leaves)}
    buys = read_rows("lifestyles.tsv")
    lifestyles = tuple(sorted({row["lifestyle"] for row in buys}))
    weights = np.zeros((len(lifestyles), len(leaves)))
    for row in buys:
        weights[lifestyles.index(row["lifestyle"]), leaves[row["leaf"]]] = float(row["weight"])
    watched = {row["object_id"]: row["lifestyle"] for row in read_rows("content_lifestyle.tsv")}
    content = [
        ENTERTAINMENT if watched[object_id] == "none" else lifestyles.index(watched[object_id])
        for object_id in load_catalogue().content_ids
    ]
    return Truth(lifestyles, np.array(content, np.int8), weights / weights.sum(axis=1, keepdims=True))


def measure_intent_quality(answers: Mapping[str, Sequence[tuple[str, float]]]) -> dict[str, IntentQuality]:
    """Compare the leaves that a reasoner's paths lead to with the hidden truth.

    Args:
        answers: Video id to (leaf label, weight), strongest first, each leaf once; labels are compared
            without regard to case. Ids of entertainment, products and unknown objects are left out.

    Returns:
        The quality of `all` answers and of those to the videos of each language of the catalogue.
    """
    catalogue, truth = load_catalogue(), load_truth()
    leaves = {path[-1].lower(): row for row, path in enumerate(catalogue.leaves)}
    scores: dict[str, list[tuple[bool, float, float]]] = {name: [] for name in ("all", *LANGUAGES)}
    for row, object_id in enumerate(catalogue.content_ids):
        if truth.content[row] == ENTERTAINMENT or object_id not in answers:
            continue
        weights = truth.weights[truth.content[row]]
        strongest = [leaves.get(label.lower()) for label, _ in answers[object_id][:3]]
        gains = [0.0 if leaf is None else float(weights[leaf]) for leaf in strongest]
        right = sum(gain > 0 for gain in gains)
        score = (right > 0, right / max(len(gains), 1), sum(gains))
        scores["all"].append(score)
        scores[LANGUAGES[catalogue.content_languages[row]]].append(score)
    return {name: _mean_quality(rows) for name, rows in scores.items()}


def _mean_quality(scores: Sequence[tuple[bool, float, float]]) -> IntentQuality:
    if not scores:
        return IntentQuality(0, 0.0, 0.0, 0.0)
    hit, precision, recall = (float(np.mean(column)) for column in zip(*scores, strict=True))
    return IntentQuality(len(scores), hit, precision, recall)
