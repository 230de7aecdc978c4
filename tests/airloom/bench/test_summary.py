from __future__ import annotations

import numpy as np
import pytest

from airloom.bench.results import ModelMeasurement
from airloom.bench.summary import summarize_results
from tests.airloom.bench.small_results import CONTEXT, INTERVALS, case, small_eval_cases, small_results


def test_a_case_is_averaged_over_seeds_before_cases_are() -> None:
    cases = small_eval_cases([case("ann", 10), case("ann", 11), case("bob", 50)])
    results = summarize_results(
        cases,
        [
            ModelMeasurement("a", [np.array([1, 11, 3]), np.array([1, 2, 11])], full=[np.array([5, 40])]),
            ModelMeasurement("b", [np.array([1, 11, 11])]),
        ],
        pairs=[("a", "b"), ("a", "never measured")],
        slices={"some": np.array([False, True, True]), "none": np.zeros(3, np.bool_)},
        full_rows=np.array([0, 2]),
        context=CONTEXT,
        intervals=INTERVALS,
    )
    first, second = results.models
    assert first.test["food"].targets == 2
    assert first.test["food"].hr[10] == first.test["food"].hr10.mean == 0.75
    assert first.test["food"].ndcg[10] == pytest.approx((1 + 1 / np.log2(3) / 2) / 2)
    assert first.test["all"].hr10.mean == pytest.approx(2 / 3)
    assert first.test["all"].hr10_by_seed == pytest.approx([2 / 3, 2 / 3])
    assert first.test["all"].hr10[1:] == (0.0, 1.0)  # one seed each: bob with the second, with the first
    food, kitchen = first.full["food"], first.full["kitchen"]
    assert (food.targets, food.hr10, food.ndcg10.mean) == (1, (1.0, 1.0, 1.0), pytest.approx(1 / np.log2(6)))
    assert (kitchen.targets, kitchen.hr10.mean, kitchen.ndcg10.mean) == (1, 0.0, 0.0)
    assert (food.metrics["hr5"], food.metrics["mrr5"], food.metrics["hr1"]) == (1.0, 0.2, 0.0)
    assert (kitchen.metrics["hr20"], kitchen.metrics["hr50"]) == (0.0, 1.0)
    assert second.full == {}
    assert list(first.slices) == ["some"]
    assert [(d.minus, d.where, d.targets, d.hr10.mean) for d in results.differences] == [
        ("b", "all", 3, pytest.approx(1 / 3)),
        ("b", "food", 2, 0.25),
        ("b", "kitchen", 1, 0.5),
        ("b", "some", 2, 0.5),
    ]


def test_a_difference_is_surer_than_the_models_are() -> None:
    """Two models that both fail on the same hard targets, and differ on one more."""
    cases = small_eval_cases()
    hard = np.where(np.arange(len(cases.examples)) % 4 < 2, 50, 1)
    harder = np.where(np.arange(len(cases.examples)) == 2, 50, hard)
    results = summarize_results(
        cases,
        [ModelMeasurement("a", [hard, hard]), ModelMeasurement("b", [harder, hard])],
        pairs=[("a", "b")],
        slices={},
        full_rows=np.array([], np.int64),
        context=CONTEXT,
        intervals=INTERVALS,
    )
    paired = results.differences[0].hr10
    first, second = (model.test["food"].hr10 for model in results.models)
    assert paired.mean == pytest.approx(1 / 80)
    assert 3 * (paired.high - paired.low) < first.high - first.low <= second.high - second.low


def test_the_same_ranks_give_the_same_results() -> None:
    assert small_results().to_json() == small_results().to_json()
