from __future__ import annotations

import numpy as np

from airloom.causes import SIGNALS, Cause
from airloom.ranking.air import AirRanker
from airloom.ranking.history import UserHistory
from airloom.ranking.inferred import InferredBehaviors
from airloom.ranking.second_stage import StackWeights
from airloom.ranking.settings import InputSettings, RankerSettings
from tests.airloom.ranking.small_shop import SmallShop, untrained

READS_INFERRED = RankerSettings(inputs=InputSettings(use_inferred=True))
CANDIDATES = np.arange(40, dtype=np.int32)
ROWS = np.array([3, 17], np.intp)


def with_weights(shop: SmallShop, weights: StackWeights) -> AirRanker:
    ranker = untrained(shop.snapshot, settings=READS_INFERRED)
    return AirRanker(ranker.stage._replace(weights=weights), ranker.towers, ranker.settings, shop.snapshot)


def some_history(shop: SmallShop) -> UserHistory:
    inferred = InferredBehaviors(np.array([4, 55], np.int32), np.array([0.5, 0.1], np.float32))
    return shop.history(1)._replace(inferred=inferred)


def scores(shop: SmallShop, weights: StackWeights) -> np.ndarray:
    ranker = with_weights(shop, weights)
    return ranker.rank(history=some_history(shop), candidates=CANDIDATES, now=shop.now).scores


def test_a_score_is_the_weighted_sum_of_its_parts(shop: SmallShop) -> None:
    alone = [scores(shop, StackWeights(*row)) for row in np.eye(5).tolist()]
    assert all(np.ptp(part) > 1e-3 for part in alone)
    weights = StackWeights(0.5, 2.0, 0.25, 1.5, 0.75)
    expected = np.sum([weight * part for weight, part in zip(weights, alone, strict=True)], axis=0)
    np.testing.assert_allclose(scores(shop, weights), expected, atol=1e-4)


def test_contributions_add_up_over_the_parts(shop: SmallShop) -> None:
    def contributions(weights: StackWeights) -> np.ndarray:
        ranking = with_weights(shop, weights).rank(
            history=some_history(shop), candidates=CANDIDATES, now=shop.now
        )
        return ranking.contributions(ROWS)

    alone = [contributions(StackWeights(*row)) for row in np.eye(5).tolist()]
    np.testing.assert_allclose(
        contributions(StackWeights(1.0, 1.0, 1.0, 1.0, 1.0)), np.sum(alone, axis=0), atol=1e-4
    )
    texts, intents, inferred = alone[2:]
    assert set(np.flatnonzero(texts.any(axis=0))) == {SIGNALS.index(Cause.SEQUENCE)}
    assert set(np.flatnonzero(intents.any(axis=0))) == {SIGNALS.index(Cause.INTENTS)}
    assert set(np.flatnonzero(inferred.any(axis=0))) == {SIGNALS.index(Cause.INFERRED)}


def test_what_inferred_behaviors_add_does_not_depend_on_who_stands_beside(shop: SmallShop) -> None:
    def added(candidates: np.ndarray) -> np.ndarray:
        ranker = with_weights(shop, StackWeights(1.0, 1.0, 1.0, 1.0, inferred=2.0))
        ranking = ranker.rank(history=some_history(shop), candidates=candidates, now=shop.now)
        first = ranking.contributions(np.zeros(1, np.intp))
        return first[0, SIGNALS.index(Cause.INFERRED)]

    assert added(CANDIDATES[4:5]) == added(CANDIDATES[4:]) > 0


def test_what_the_forest_does_not_split_by_adds_nothing(shop: SmallShop) -> None:
    ranker = untrained(shop.snapshot)
    never = np.full_like(ranker.stage.forest.thresholds, 1e9)
    stage = ranker.stage._replace(
        forest=ranker.stage.forest._replace(thresholds=never), weights=StackWeights(0.0, 1.0, 0.0, 0.0)
    )
    blind = AirRanker(stage, ranker.towers, ranker.settings, shop.snapshot)
    ranking = blind.rank(history=shop.history(1), candidates=CANDIDATES, now=shop.now)
    assert not ranking.contributions(ROWS).any()
