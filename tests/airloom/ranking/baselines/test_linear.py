from __future__ import annotations

import numpy as np
import pytest

from airloom.ranking.baselines.linear import LinearRanker, LinearSettings
from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.statistics.sequences import Sequences
from tests.airloom.ranking.small_shop import NOW, SmallShop

ORDER = ACTION_CODE["order"]


def together(baskets: list[list[int]]) -> Sequences:
    users = np.repeat(np.arange(len(baskets)), [len(basket) for basket in baskets]).astype(np.int32)
    objects = np.concatenate(baskets).astype(np.int32)
    return Sequences(users, objects, np.full(len(users), ORDER, np.int8), np.arange(len(users)))


def history(*objects: int) -> UserHistory:
    times = NOW - 10 + np.arange(len(objects))
    return UserHistory(np.array(objects, np.int32), np.full(len(objects), ORDER, np.int8), times)


def test_the_weights_are_those_of_ease(shop: SmallShop) -> None:
    """The closed form: B minimises |X - XB|^2 + lambda |B|^2 with a zero diagonal, X being zeros and ones."""
    rng = np.random.default_rng(0)
    x = (rng.random((50, 6)) < 0.4).astype(np.float64)
    baskets = [2 * np.flatnonzero(row).tolist() for row in x if row.any()]
    ranker = LinearRanker.fit(together(baskets), shop.snapshot, LinearSettings(regularization=5.0))
    x = x[x.any(axis=1)]
    for target in range(6):
        others = [other for other in range(6) if other != target]
        a = x[:, others]
        best = np.linalg.solve(a.T @ a + 5.0 * np.eye(5), a.T @ x[:, target])
        weights = [ranker._weights[other, target] for other in others]
        np.testing.assert_allclose(weights, best, atol=1e-4)
        assert ranker._weights[target, target] == 0


def test_what_is_bought_together_comes_first(shop: SmallShop) -> None:
    ranker = LinearRanker.fit(
        together([[1, 7], [1, 7], [2, 9], [2, 9], [3, 8]]), shop.snapshot, LinearSettings(regularization=1.0)
    )
    candidates = np.array([9, 8, 7, 200], np.int32)
    scored = ranker.rank(history=history(2, 1), candidates=candidates, now=NOW)
    assert candidates[np.argsort(-scored.scores)][0] == 7, "the newest event counts most"
    assert scored.evidence[2, 0] == 1


def test_it_asks_what_a_history_leads_to_and_not_what_leads_to_it(shop: SmallShop) -> None:
    """Who has 7 always has 1, but who has 1 more often has 8."""
    baskets = [[1, 7]] * 2 + [[1, 8]] * 3 + [[8]] * 10
    ranker = LinearRanker.fit(together(baskets), shop.snapshot, LinearSettings(regularization=1.0))
    scored = ranker.rank(history=history(1), candidates=np.array([7, 8], np.int32), now=NOW)
    assert scored.scores[1] > scored.scores[0]
    assert scored.evidence.tolist() == [[0], [0]]


def test_rare_objects_and_strangers_are_ranked_by_popularity(shop: SmallShop) -> None:
    ranker = LinearRanker.fit(
        together([[1, 7], [1, 7], [2, 9]]), shop.snapshot, LinearSettings(max_objects=2)
    )
    candidates = np.arange(100, 140, dtype=np.int32)
    popularity = shop.snapshot.objects.popularity[candidates]
    for past in (UserHistory.empty(), history(2)):
        scores = ranker.rank(history=past, candidates=candidates, now=NOW).scores
        np.testing.assert_array_equal(np.argsort(scores), np.argsort(popularity))


@pytest.mark.parametrize(("event", "evidence"), [(1, [[-1], [0], [-1]]), (2, [[-1], [-1], [-1]])])
def test_only_frequent_objects_give_and_get_weight(
    shop: SmallShop, event: int, evidence: list[list[int]]
) -> None:
    settings = LinearSettings(max_objects=2)
    ranker = LinearRanker.fit(together([[1, 7], [1, 7], [2, 9]]), shop.snapshot, settings)
    scored = ranker.rank(history=history(event), candidates=np.array([1, 7, 9], np.int32), now=NOW)
    assert scored.evidence.tolist() == evidence


def test_what_comes_later_does_not_count(shop: SmallShop) -> None:
    ranker = LinearRanker.fit(together([[1, 7], [1, 7]]), shop.snapshot, LinearSettings())
    past, candidates = history(1), np.array([7], np.int32)
    moment = int(past.timestamps[0])
    assert ranker.rank(history=past, candidates=candidates, now=moment + 1).evidence.tolist() == [[0]]
    assert ranker.rank(history=past, candidates=candidates, now=moment).evidence.tolist() == [[]]


@pytest.mark.parametrize("half_life", [1.0, 100.0])
def test_it_forgets_as_fast_as_the_settings_say(shop: SmallShop, half_life: float) -> None:
    """Twice something long ago, once something else just now."""
    baskets = [[1, 7], [2, 9], [3, 9], [1, 7], [2, 9], [3, 9]]
    settings = LinearSettings(regularization=1.0, half_life_steps=half_life)
    ranker = LinearRanker.fit(together(baskets), shop.snapshot, settings)
    scored = ranker.rank(history=history(2, 3, 50, 51, 1), candidates=np.array([7, 9], np.int32), now=NOW)
    assert (scored.scores[0] > scored.scores[1]) == (half_life == 1.0)
