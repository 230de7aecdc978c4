from __future__ import annotations

import numpy as np
import pytest

from airloom.ranking.air import AirRanker
from airloom.ranking.history import UserHistory
from airloom.ranking.inferred import InferredBehaviors, inferred_scores
from airloom.ranking.second_stage import StackWeights
from airloom.ranking.settings import InputSettings, RankerSettings
from tests.airloom.ranking.small_shop import SmallShop, untrained

CANDIDATES = np.array([7, 3, 9], np.int32)


def behaviors(*products: int, weights: list[float]) -> InferredBehaviors:
    return InferredBehaviors(np.array(products, np.int32), np.array(weights, np.float32))


def scores(inferred: InferredBehaviors, similarities: list[list[float]]) -> list[float]:
    cosines = np.array(similarities, np.float32)
    return inferred_scores(inferred, CANDIDATES, cosines, temperature=0.1).tolist()


def test_the_product_itself_counts_fully_with_or_without_a_title() -> None:
    """Products 3 and 7 have no title; the third candidate has the title of the first behavior."""
    itself, other, same_title = scores(behaviors(7, weights=[0.4]), [[0.0], [0.0], [1.0]])
    assert itself == same_title == pytest.approx(np.log(1 + 1 / 0.01))
    assert other == pytest.approx(0, abs=0.01)


def test_nearer_titles_and_larger_weights_count_more() -> None:
    both = behaviors(20, 21, weights=[0.6, 0.2])
    near_heavy, near_light, far = scores(both, [[0.9, 0.1], [0.1, 0.9], [0.5, 0.5]])
    assert near_heavy > near_light > far > 0


def test_only_the_proportions_of_weights_count() -> None:
    similarities = [[0.9, 0.1], [0.1, 0.9], [0.5, 0.5]]
    few = scores(behaviors(20, 21, weights=[0.006, 0.002]), similarities)
    assert few == pytest.approx(scores(behaviors(20, 21, weights=[0.6, 0.2]), similarities))


def test_without_behaviors_every_score_is_zero() -> None:
    assert scores(InferredBehaviors.none(), [[], [], []]) == [0, 0, 0]


def reading(shop: SmallShop, *, use_inferred: bool) -> AirRanker:
    settings = RankerSettings(inputs=InputSettings(use_inferred=use_inferred))
    ranker = untrained(shop.snapshot, settings=settings)
    stage = ranker.stage._replace(weights=StackWeights(0.9, 0.3, 0.2, 0.1, inferred=2.0))
    return AirRanker(stage, ranker.towers, settings, shop.snapshot)


def ranked(ranker: AirRanker, history: UserHistory, now: int) -> np.ndarray:
    return ranker.rank(history=history, candidates=np.arange(100, dtype=np.int32), now=now).scores


def test_a_ranker_puts_what_is_inferred_higher_and_changes_nothing_else(shop: SmallShop) -> None:
    ranker, history = reading(shop, use_inferred=True), shop.history(3)
    inferred = history._replace(inferred=behaviors(42, weights=[0.3]))
    raised = ranked(ranker, inferred, shop.now) - ranked(ranker, history, shop.now)
    assert raised.argmax() == 42
    assert raised.min() >= 0
    assert np.median(raised) < raised[42] / 10


def test_a_ranker_that_does_not_read_them_gives_the_same_bytes(shop: SmallShop) -> None:
    ranker, history = reading(shop, use_inferred=False), shop.history(3)
    inferred = history._replace(inferred=behaviors(42, weights=[0.3]))
    assert ranked(ranker, inferred, shop.now).tobytes() == ranked(ranker, history, shop.now).tobytes()


def test_behaviors_go_with_every_part_of_a_history(shop: SmallShop) -> None:
    inferred = behaviors(42, weights=[0.3])
    history = shop.history(3)._replace(inferred=inferred)
    for part in (history.before(shop.now - 86_400), history.newest(2), history.without_duplicates()):
        assert part.inferred is inferred
