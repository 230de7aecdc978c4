from __future__ import annotations

import numpy as np

from airloom.ranking.baselines.title_similarity import TitleSimilarityRanker
from airloom.ranking.history import UserHistory
from tests.airloom.ranking.small_shop import SmallShop


def test_products_with_similar_titles_come_first(shop: SmallShop) -> None:
    past = shop.history(1, events=6, objects=240)._replace(objects=np.full(6, 33, np.int32))
    candidates = shop.snapshot.products
    scored = TitleSimilarityRanker(shop.snapshot).rank(history=past, candidates=candidates, now=shop.now)
    embeddings = shop.snapshot.objects.embeddings
    cosines = embeddings[candidates] @ embeddings[33]
    np.testing.assert_array_equal(np.argsort(-scored.scores), np.argsort(-cosines))
    assert candidates[np.argmax(scored.scores)] == 33
    np.testing.assert_array_equal((scored.evidence >= 0).all(axis=1), cosines > 0)


def test_the_newest_event_counts_most(shop: SmallShop) -> None:
    past = shop.history(1, events=2)._replace(objects=np.array([33, 77], np.int32))
    candidates = np.array([33, 77], np.int32)
    scored = TitleSimilarityRanker(shop.snapshot).rank(history=past, candidates=candidates, now=shop.now)
    assert scored.scores[1] > scored.scores[0]
    assert scored.evidence[1, 0] == 1


def test_a_stranger_sees_what_is_popular(shop: SmallShop) -> None:
    candidates = np.arange(50, dtype=np.int32)
    popularity = shop.snapshot.objects.popularity[candidates]
    later = shop.history(1)
    for past, now in ((UserHistory.empty(), shop.now), (later, int(later.timestamps[0]))):
        scored = TitleSimilarityRanker(shop.snapshot).rank(history=past, candidates=candidates, now=now)
        np.testing.assert_array_equal(np.argsort(scored.scores), np.argsort(popularity))
        assert (scored.evidence == -1).all()
