from __future__ import annotations

import numpy as np
import pytest

from airloom.causes import SIGNALS, Cause
from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.ranking.inferred import InferredBehaviors
from airloom.ranking.ranker import Ranking
from airloom.ranking.reasons.reasons import Attribution, PageExplainer
from airloom.ranking.snapshot import Snapshot
from tests.model_service.shop import APPLIANCES, BLENDER, KITCHEN, NOON, SMOOTHIES, make_snapshot


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return make_snapshot()


def explained(
    snapshot: Snapshot,
    *products: str,
    event: tuple[str, str] = ("video-smoothie", "view"),
    wanted: InferredBehaviors | None = None,
    **added: float,
) -> list[Attribution]:
    """The reasons of products for somebody who watched the smoothie video, as signals add to their scores.

    The ranker retrieved the path of the video down to the blender, and read its one event.
    """
    watched = UserHistory(
        np.array([snapshot.index[event[0]]], np.int32),
        np.array([ACTION_CODE[event[1]]], np.int8),
        np.array([NOON - 60]),
        wanted or InferredBehaviors.none(),
    )
    count = len(products)
    contributions = np.array([[added.get(signal, -1.0) for signal in SIGNALS]] * count, np.float32)
    ranking = Ranking(
        np.zeros(count, np.float32),
        np.tile(np.array([SMOOTHIES, KITCHEN, APPLIANCES, BLENDER], np.int32), (count, 1)),
        np.zeros((count, 1), np.int32),
        lambda rows: contributions[rows],
    )
    candidates = np.array([snapshot.index[product] for product in products], np.int32)
    return PageExplainer(snapshot).explain(watched, ranking, candidates, np.arange(count))


CHAIN = Attribution(Cause.INTENTS, [SMOOTHIES, KITCHEN, APPLIANCES, BLENDER], [0])
TOGETHER = Attribution(Cause.BOUGHT_TOGETHER, [], [0])


def test_intents_that_add_half_of_what_the_strongest_signal_adds_are_the_cause(snapshot: Snapshot) -> None:
    assert explained(snapshot, "blender-03", intents=0.4, bought_together=0.3) == [CHAIN]
    assert explained(snapshot, "blender-03", intents=0.2, bought_together=0.4) == [CHAIN]
    assert explained(snapshot, "blender-03", intents=0.19, bought_together=0.4) == [TOGETHER]


def test_of_the_other_signals_the_strongest_is_the_cause(snapshot: Snapshot) -> None:
    assert explained(snapshot, "blender-03", popularity=0.3, bought_together=0.4) == [TOGETHER]


def test_a_signal_that_nothing_shows_is_no_cause(snapshot: Snapshot) -> None:
    """Nobody bought blender-02 together with the video, and the cat bed is in no category of its path."""
    assert explained(snapshot, "blender-02", intents=0.1, bought_together=0.9) == [CHAIN]
    popular = explained(snapshot, "商品-猫窝-19🛏", intents=0.9, popularity=0.1)
    assert popular == [Attribution(Cause.POPULARITY, [], [])]


def test_a_signal_that_lowers_the_score_is_no_cause(snapshot: Snapshot) -> None:
    assert explained(snapshot, "blender-03", intents=-0.1, bought_together=0.1) == [TOGETHER]
    assert explained(snapshot, "blender-03") == [Attribution(Cause.REMAINING, [], [])]
    assert explained(snapshot, "blender-03", intents=0.0) == [Attribution(Cause.REMAINING, [], [])]


def test_what_the_user_chose_before_is_a_repeat_not_similar_to_itself(snapshot: Snapshot) -> None:
    [reason] = explained(snapshot, "blender-03", title=0.4, event=("blender-03", "order"))
    assert reason == Attribution(Cause.REPEAT, [], [0])


def test_each_product_has_its_own_reason(snapshot: Snapshot) -> None:
    """The candidates in the order in which they are shown."""
    first, second = explained(snapshot, "商品-猫窝-00🛏", "blender-01", intents=0.2, bought_together=0.1)
    assert (first.cause, second) == (Cause.REMAINING, CHAIN)


def test_an_inferred_behavior_is_named_where_it_is_the_cause(snapshot: Snapshot) -> None:
    wanted = InferredBehaviors(np.array([snapshot.index["blender-01"]], np.int32), np.ones(1, np.float32))
    [reason] = explained(snapshot, "blender-02", wanted=wanted, inferred=0.4, title=0.1)
    assert reason == Attribution(Cause.INFERRED, [], [], behavior=snapshot.index["blender-01"])
    [nothing_inferred] = explained(snapshot, "blender-02", inferred=0.4)
    assert nothing_inferred.cause is Cause.REMAINING
