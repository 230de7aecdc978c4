from __future__ import annotations

import numpy as np
import pytest

from airloom.intents.linking.nodes import CATEGORY, NEED, Nodes
from airloom.ranking.consistency.agreement import METRICS, Reading, agreement, childless, rank_correlation
from airloom.ranking.intent_tree.tree import IntentTree

# 0 pets (1 beds, 2 toys), 3 kitchen (4 coffee); 5 "cosy cats" and 6 "barista at home" are needs
NODES = Nodes(
    ["pets", "beds", "toys", "kitchen", "coffee", "cosy cats", "barista at home"],
    np.array([-1, 0, 0, -1, 3, -1, -1], np.int32),
    np.array([0, 1, 1, 0, 1, 0, 0], np.int8),
    np.array([CATEGORY] * 5 + [NEED] * 2, np.int8),
    np.eye(7, dtype=np.float32),
)
SCORES = np.arange(5.0)


def reading(weights: dict[int, float], scores: np.ndarray = SCORES) -> Reading:
    nodes = np.array(sorted(weights), np.int32)
    values = np.array([weights[node] for node in sorted(weights)], np.float32)
    return Reading(IntentTree(nodes, values, values[:, None]), scores)


def agreement_of(composed: Reading, direct: Reading) -> dict[str, float]:
    return dict(zip(METRICS, agreement(composed, direct, nodes=NODES, leaves=childless(NODES)), strict=True))


def test_the_same_nodes_with_the_same_weights_agree_entirely() -> None:
    same = reading({0: 2.0, 1: 2.0, 5: 2.0})

    assert agreement_of(same, same) == pytest.approx(dict.fromkeys(METRICS, 1.0))


def test_nothing_in_common_is_no_agreement() -> None:
    values = agreement_of(reading({0: 1.0, 1: 1.0, 5: 1.0}), reading({3: 1.0, 4: 1.0, 6: 1.0}, -SCORES))

    assert values == pytest.approx(dict.fromkeys(METRICS, 0.0) | {"rank_correlation": -1.0})


def test_of_each_level_as_many_of_the_heaviest_nodes_count_as_the_direct_reading_has() -> None:
    """Beds and toys weigh more than coffee, so coffee falls out of the two leaves that are compared."""
    composed = reading({0: 5.0, 1: 3.0, 2: 2.0, 3: 1.0, 4: 1.0, 5: 1.0, 6: 9.0})
    direct = reading({0: 1.0, 3: 1.0, 1: 0.6, 4: 0.4, 5: 1.0})

    values = agreement_of(composed, direct)

    assert values["f1_leaves"] == pytest.approx(1 / 2)  # beds, of beds and coffee
    assert values["f1_categories"] == pytest.approx(3 / 4)  # pets, kitchen and beds, of those and coffee
    assert values["f1_all"] == pytest.approx(3 / 5)  # "cosy cats" lies below "barista at home"


def test_a_composed_tree_with_too_few_nodes_is_judged_by_precision_and_recall() -> None:
    assert agreement_of(reading({1: 1.0}), reading({1: 1.0, 2: 1.0}))["f1_leaves"] == pytest.approx(2 / 3)


def test_a_reading_without_categories_has_no_value_for_them() -> None:
    values = agreement_of(reading({5: 1.0}), reading({5: 1.0}))

    assert np.isnan([values["f1_leaves"], values["f1_categories"]]).all()
    assert values["f1_all"] == 1.0


def test_the_cosine_is_that_of_the_means_by_weight() -> None:
    values = agreement_of(reading({1: 1.0}), reading({1: 3.0, 2: 4.0}))

    assert values["cosine"] == pytest.approx(3 / 5)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([1, 2, 3, 4], [10, 20, 30, 400], 1.0),
        ([1, 2, 3, 4], [4, 3, 2, 1], -1.0),
        ([1, 1, 2, 3], [1, 1, 2, 3], 1.0),
        ([1, 2, 3], [1, 1, 2], 0.8660254),
        ([1, 2, 3], [7, 7, 7], 0.0),
    ],
)
def test_rank_correlation_is_spearmans(first: list[float], second: list[float], expected: float) -> None:
    assert rank_correlation(np.array(first, float), np.array(second, float)) == pytest.approx(expected)
