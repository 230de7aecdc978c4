from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.ranking.evaluation.metrics import (
    CUTS,
    METRICS,
    UNLISTED,
    hit_rate,
    list_metrics,
    ndcg,
    rank_of_first,
)


@pytest.mark.parametrize(
    ("scores", "rank"),
    [
        ([0.9, 0.1, 0.2], 1),
        ([0.1, 0.9, 0.2], 3),
        ([0.5, 0.5, 0.1], 2),  # a tie counts against the target
        ([0.0, 0.0, 0.0], 3),
        ([np.nan, 0.1, 0.2], 3),
        ([0.5, np.nan, 0.2], 2),
        ([0.5], 1),
    ],
)
def test_the_rank_of_the_target_is_never_flattered(scores: list[float], rank: int) -> None:
    assert rank_of_first(np.array(scores, np.float32)) == rank


def test_metrics_by_hand() -> None:
    ranks = np.array([1, 3, 10, 11])
    assert hit_rate(ranks, 10).tolist() == [1, 1, 1, 0]
    assert ndcg(ranks, 10) == pytest.approx([1.0, 0.5, 1 / np.log2(11), 0.0])
    assert ndcg(ranks, 1).tolist() == [1, 0, 0, 0]


def test_metrics_of_lists_by_hand() -> None:
    """The first list has two of its three products at 2 and 7, the second has nothing."""
    metrics = list_metrics(np.array([7, 2, UNLISTED, UNLISTED]), np.array([0, 0, 0, 1]))
    assert set(metrics) == {f"{name}{k}" for name in METRICS for k in CUTS}
    assert metrics["hr1"].tolist() == [0, 0]
    assert metrics["hr5"].tolist() == [1, 0]
    assert metrics["recall5"].tolist() == pytest.approx([1 / 3, 0])
    assert metrics["recall10"].tolist() == pytest.approx([2 / 3, 0])
    assert metrics["mrr10"].tolist() == [0.5, 0]
    best = 1 + 1 / np.log2(3) + 1 / 2
    assert metrics["ndcg10"].tolist() == pytest.approx([(1 / np.log2(3) + 1 / 3) / best, 0])
    assert metrics["ndcg1"].tolist() == [0, 0]


@given(ranks=st.lists(st.integers(1, 150), min_size=1, max_size=20, unique=True))
def test_laws_of_the_metrics_of_a_list(ranks: list[int]) -> None:
    metrics = list_metrics(np.array(ranks), np.zeros(len(ranks), np.int64))
    for name in METRICS:
        values = [metrics[f"{name}{k}"].item() for k in CUTS]
        assert all(0 <= value <= 1 + 1e-12 for value in values)
        if name != "ndcg":  # the longer list may be asked for more of them
            assert values == sorted(values)
    if set(ranks) == set(range(1, len(ranks) + 1)):
        assert metrics["ndcg100"].item() == pytest.approx(1.0)


@given(ranks=st.lists(st.integers(1, 150), min_size=1, max_size=20))
def test_with_one_product_a_list_recall_is_the_hit_rate(ranks: list[int]) -> None:
    metrics = list_metrics(np.array(ranks), np.arange(len(ranks)))
    for k in CUTS:
        np.testing.assert_array_equal(metrics[f"recall{k}"], metrics[f"hr{k}"])
        np.testing.assert_allclose(metrics[f"ndcg{k}"], ndcg(np.array(ranks), k))
