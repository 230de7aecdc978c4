from __future__ import annotations

import numpy as np
import pytest

from airloom.ranking.evaluation.metrics import hit_rate, ndcg, rank_of_first


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
