from __future__ import annotations

from math import isnan, log2

import numpy as np
import pytest

from airloom.assistant.answer import AssistantAnswer, Item, Match
from airloom.assistant.evaluation.metrics import ClaimCheck, condition_match, ndcg, recall
from airloom.assistant.graph.catalogue_graph import Edge
from airloom.assistant.understood import Understood
from airloom.ranking.attribute_graph import AttributeGraph

GRAPH = AttributeGraph(
    ["color", "color", "size"],
    ["black", "red", "large"],
    np.array([0, 2, 3, 5]),
    np.array([0, 1, 2, 1, 2], np.int32),
    np.ones(5, np.float32),
    np.zeros(5, np.int8),
    ["merchant"],
)
BLACK, RED, LARGE = (np.array([value], np.int32) for value in range(3))
NONE = np.empty(0, np.int32)


@pytest.mark.parametrize(
    ("rows", "satisfying", "k", "share"),
    [
        ([1, 2, 3], [1, 3], 3, 1.0),
        ([1, 2, 3], [1, 3], 2, 0.5),
        ([5, 6], [1], 10, 0.0),
        ([], [1], 10, 0.0),
        ([1], [1, 2, 3], 1, 1.0),  # one place cannot hold three
    ],
)
def test_recall(rows: list[int], satisfying: list[int], k: int, share: float) -> None:
    assert recall(rows, np.array(satisfying, np.int32), k=k) == share


def test_ndcg_keeps_the_order() -> None:
    right = np.array([3, 9], np.int32)
    best = 1 + 1 / log2(3)
    assert ndcg([3, 9, 1], right, k=10) == pytest.approx(1.0)
    assert ndcg([1, 3, 9], right, k=10) == pytest.approx((1 / log2(3) + 1 / log2(4)) / best)
    assert ndcg([1, 3, 9], right, k=2) == pytest.approx(1 / log2(3) / best)
    assert ndcg([1, 2], right, k=2) == 0.0


def test_without_known_answers_nothing_is_measured() -> None:
    assert isnan(recall([1], NONE, k=10))
    assert isnan(ndcg([1], NONE, k=10))


@pytest.mark.parametrize(
    ("rows", "stated", "k", "share"),
    [
        ([1, 0], [BLACK, LARGE], 10, 1.0),  # only product 1 is both: the first place counts
        ([0, 1], [BLACK, LARGE], 10, 0.5),
        ([0, 1, 2], [BLACK], 10, 1.0),
        ([0, 2], [BLACK], 10, 0.5),
        ([0], [BLACK], 10, 0.5),  # two products would do
        ([0], [BLACK], 1, 1.0),
        ([], [BLACK], 10, 0.0),
        ([2], [np.array([0, 1], np.int32)], 1, 1.0),  # any of the values
    ],
)
def test_conditions_are_met_over_as_many_places_as_could_meet_them(
    rows: list[int], stated: list[np.ndarray], k: int, share: float
) -> None:
    assert condition_match(rows, stated, GRAPH, k=k) == share


@pytest.mark.parametrize("stated", [None, [], [BLACK, RED]])
def test_conditions_that_nobody_knows_or_nothing_meets_are_not_measured(
    stated: list[np.ndarray] | None,
) -> None:
    assert isnan(condition_match([0], stated, GRAPH, k=10))


def test_a_claim_is_supported_if_the_graph_says_it_of_that_product() -> None:
    def item(object_id: str, relation: str, value: str) -> Item:
        match = Match("as asked", Edge(relation, value, "merchant", 1.0))
        return Item(object_id, "", None, 0.0, (match,), (), "")

    check = ClaimCheck(GRAPH, {"p0": 0, "p1": 1})
    claimed = [item("p0", "color", "black"), item("p0", "size", "large"), item("p1", "color", "green")]
    answer = AssistantAnswer(tuple(claimed), Understood(), (), 3)
    assert check.unsupported(answer) == pytest.approx(2 / 3)
    assert check.unsupported(answer._replace(items=())) == 0.0
