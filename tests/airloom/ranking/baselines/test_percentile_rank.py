from __future__ import annotations

import numpy as np

from airloom.ranking.baselines.percentile_rank import percentile_rank


def test_the_second_number_decides_among_equals_and_full_ties_stay_ties() -> None:
    ranks = percentile_rank(np.array([1, 1, 0, 1], np.float32), np.array([5, 7, 9, 5], np.float32))
    np.testing.assert_allclose(ranks, [0.5, 1.0, 0.0, 0.5])


def test_nothing_and_one_have_ranks() -> None:
    assert percentile_rank(np.empty(0, np.float32), np.empty(0, np.float32)).shape == (0,)
    assert percentile_rank(np.ones(1, np.float32), np.ones(1, np.float32)).tolist() == [0.0]
