from __future__ import annotations

import numpy as np

from airloom.causes import SIGNALS, Cause
from airloom.ranking.baselines.popularity_ranker import PopularityRanker
from tests.airloom.ranking.small_shop import SmallShop


def test_everybody_gets_the_popular_products_first(shop: SmallShop) -> None:
    ranker, rows = PopularityRanker(shop.snapshot), np.arange(240, dtype=np.int32)
    rankings = [ranker.rank(history=shop.history(n), candidates=rows, now=shop.now) for n in range(3)]
    best = int(np.argmax(shop.snapshot.objects.popularity))
    assert all(int(np.argmax(ranking.scores)) == best for ranking in rankings)
    assert rankings[0].nodes.shape == rankings[0].evidence.shape == (240, 0)


def test_popularity_is_all_that_it_reads(shop: SmallShop) -> None:
    rows = np.arange(240, dtype=np.int32)
    ranking = PopularityRanker(shop.snapshot).rank(history=shop.history(1), candidates=rows, now=shop.now)
    added = ranking.contributions(np.array([5, 2]))
    assert [SIGNALS[column] for column in np.flatnonzero(added.any(axis=0))] == [Cause.POPULARITY]
    np.testing.assert_array_equal(
        added[:, SIGNALS.index(Cause.POPULARITY)], shop.snapshot.objects.popularity[[5, 2]]
    )
