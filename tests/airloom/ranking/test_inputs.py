from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.ranking.base_features import BASE_FEATURES
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.ranking.inputs import FEATURES, Inputs, build_inputs
from airloom.ranking.settings import TOWERS, InputSettings
from tests.airloom.ranking.small_shop import MIDS, OBJECTS, TOPS, VIDEOS, SmallShop

CANDIDATES = np.arange(0, 240, 3, dtype=np.int32)


def inputs_of(
    shop: SmallShop,
    history: UserHistory,
    candidates: np.ndarray = CANDIDATES,
    chosen: InputSettings | None = None,
) -> Inputs:
    return build_inputs(
        Catalogue.of(shop.snapshot),
        history=history,
        candidates=candidates,
        tower_scores=np.zeros((len(candidates), len(TOWERS)), np.float32),
        now=shop.now,
        settings=chosen or InputSettings(),
    )


def feature(inputs: Inputs, name: str) -> np.ndarray:
    return inputs.features[:, FEATURES.index(name)]


def assert_same(first: Inputs, second: Inputs) -> None:
    for name, value in first._asdict().items():
        np.testing.assert_allclose(value, getattr(second, name), rtol=1e-5, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 20))
def test_what_happens_now_or_later_changes_nothing(shop: SmallShop, seed: int, later: int) -> None:
    past, future = shop.history(seed), shop.history(seed + 1, events=later)
    whole = UserHistory(
        np.concatenate([past.objects, future.objects]),
        np.concatenate([past.actions, future.actions]),
        np.concatenate([past.timestamps, shop.now + np.arange(later)]),
    )
    assert_same(inputs_of(shop, whole), inputs_of(shop, past))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_a_candidate_looks_the_same_whoever_stands_beside_it(shop: SmallShop, seed: int) -> None:
    history = shop.history(seed)
    together = inputs_of(shop, history)
    alone = inputs_of(shop, history, CANDIDATES[7:8])
    assert_same(alone, Inputs._make(column[7:8] for column in together))


def test_a_candidate_named_twice_looks_the_same_twice(shop: SmallShop) -> None:
    inputs = inputs_of(shop, shop.history(1), np.array([5, 9, 5], np.int32))
    np.testing.assert_array_equal(inputs.features[0], inputs.features[2])


def test_the_control_sees_no_intents_and_the_newest_events(shop: SmallShop) -> None:
    history = shop.history(2)
    inputs = inputs_of(shop, history, chosen=InputSettings(use_intents=False))
    assert (inputs.nodes == -1).all()
    assert (inputs.features[:, len(BASE_FEATURES) :] == 0).all()
    assert inputs.event_indices[0, :3].tolist() == [29, 28, 27]
    with_intents = inputs_of(shop, history)
    np.testing.assert_array_equal(
        inputs.features[:, : len(BASE_FEATURES)], with_intents.features[:, : len(BASE_FEATURES)]
    )


def test_a_video_speaks_for_the_products_of_its_leaf(shop: SmallShop) -> None:
    watched = UserHistory(
        np.array([240 + 5], np.int32), np.array([ACTION_CODE["like"]], np.int8), np.array([shop.now - 60])
    )
    inputs = inputs_of(shop, watched, np.arange(240, dtype=np.int32))
    spoken_for = np.flatnonzero(feature(inputs, "intent_leaf") > 0)
    assert spoken_for.tolist() == list(range(50, 60))
    assert (inputs.event_indices[50:60, 0] == 0).all()
    assert (inputs.events[50:60, 0] == 245).all()


def watched(shop: SmallShop, *videos: int) -> UserHistory:
    """Likes of some videos, the last one just now, each an hour after the one before."""
    times = shop.now - 3600 * np.arange(len(videos), 0, -1)
    actions = np.full(len(videos), ACTION_CODE["like"], np.int8)
    return UserHistory(np.array(videos, np.int32) + OBJECTS - VIDEOS, actions, times)


def test_without_weights_an_intent_that_came_often_looks_like_one_that_came_once(shop: SmallShop) -> None:
    often, once = watched(shop, 5, 5, 5, 9), watched(shop, 5, 9)
    bought = np.array([50, 90], np.int32)  # of the leaves of both videos
    weighed = feature(inputs_of(shop, often, bought), "intent_leaf")
    assert weighed[0] > 1.2 * weighed[1]
    blind = InputSettings(node_weights=False)
    inputs = [inputs_of(shop, history, bought, blind) for history in (often, once)]
    assert len(set(feature(inputs[1], "intent_leaf").tolist())) == 1
    np.testing.assert_array_equal(inputs[0].node_features[:, 0, 1], inputs[1].node_features[:, 0, 1])


def test_without_a_target_every_candidate_gets_the_heaviest_nodes_and_the_newest_events(
    shop: SmallShop,
) -> None:
    history = watched(shop, 5, 9, 5)
    aimed = inputs_of(shop, history, np.array([50, 90], np.int32))
    assert aimed.nodes[0].tolist() != aimed.nodes[1].tolist()
    assert aimed.event_indices[1, :2].tolist() == [1, -1]
    blind = inputs_of(
        shop, history, np.array([50, 90], np.int32), InputSettings(target_aware_retrieval=False)
    )
    assert blind.nodes[0].tolist() == blind.nodes[1].tolist()
    assert blind.event_indices[:, :3].tolist() == [[2, 1, 0]] * 2


def test_leaves_alone_leave_needs_and_upper_categories_out(shop: SmallShop) -> None:
    levels = np.append(shop.snapshot.nodes.levels, -1)  # -1 for no chain
    leaf = TOPS + TOPS * MIDS + 5
    history = watched(shop, 5)
    whole, leaves = (
        inputs_of(shop, history, np.array([50], np.int32), InputSettings(leaves_only=only))
        for only in (False, True)
    )
    assert set(levels[whole.nodes[0]].tolist()) == {0, 1, 2, -1}
    assert leaves.nodes[0, :2].tolist() == [leaf, -1]
    assert feature(leaves, "intent_leaf")[0] == feature(whole, "intent_leaf")[0]
    assert feature(leaves, "intent_mid")[0] == feature(leaves, "intent_top")[0] == 0


def test_somebody_unknown_gets_popularity_and_prices_alone(shop: SmallShop) -> None:
    inputs = inputs_of(shop, UserHistory.empty())
    assert (inputs.nodes == -1).all()
    assert (inputs.events == -1).all()
    known = [name for name in FEATURES if np.any(feature(inputs, name) != 0)]
    assert known == ["log_popularity", "log_price", "price_known"]


def test_no_input_is_ever_nan(shop: SmallShop) -> None:
    snapshot = shop.snapshot
    bare = snapshot.objects._replace(prices=np.full_like(snapshot.objects.prices, np.nan))
    catalogue = Catalogue.of(snapshot)._replace(log_prices=np.log(bare.prices))
    inputs = build_inputs(
        catalogue,
        history=shop.history(3),
        candidates=CANDIDATES,
        tower_scores=np.zeros((len(CANDIDATES), len(TOWERS)), np.float32),
        now=shop.now,
        settings=InputSettings(),
    )
    assert all(np.isfinite(column).all() for column in inputs)
    assert not feature(inputs, "price_known").any()


@pytest.mark.parametrize("name", ["text_content_max", "item_cf_content", "category_leaf", "ordered_before"])
def test_features_that_need_a_history_find_something_in_one(shop: SmallShop, name: str) -> None:
    maxima = [feature(inputs_of(shop, shop.history(seed, events=100)), name).max() for seed in range(3)]
    assert max(maxima) > 0
