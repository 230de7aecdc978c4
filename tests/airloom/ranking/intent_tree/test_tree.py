from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.intents.linking.nodes import NO_NODE
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.history import UserHistory
from airloom.ranking.intent_tree.tree import IntentTree, build_intent_tree
from airloom.timestamps import SECONDS_PER_DAY
from tests.airloom.ranking.small_shop import SmallShop

SETTINGS = EventWeightSettings()
seeds = st.integers(0, 10_000)


def tree_of(shop: SmallShop, history: UserHistory, now: int | None = None) -> IntentTree:
    return build_intent_tree(shop.snapshot.paths, history, SETTINGS.event_weights(history, now or shop.now))


def weights_of(shop: SmallShop, history: UserHistory, now: int | None = None) -> dict[int, float]:
    tree = tree_of(shop, history, now)
    return dict(zip(tree.nodes.tolist(), tree.weights.tolist(), strict=True))


def only(history: UserHistory, keep: np.ndarray) -> UserHistory:
    return UserHistory(*(column[keep] for column in history.events))


def by_hand(shop: SmallShop, history: UserHistory) -> dict[int, float]:
    """The definition, event by event."""
    weights: dict[int, float] = {}
    paths = shop.snapshot.paths
    for row, weight in zip(history.objects, SETTINGS.event_weights(history, shop.now), strict=True):
        for path in range(paths.offsets[row], paths.offsets[row + 1]):
            for node in paths.nodes[path]:
                if node != NO_NODE:
                    added = float(weight * paths.confidences[path])
                    weights[int(node)] = weights.get(int(node), 0.0) + added
    return weights


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(0, 60))
def test_a_node_weighs_what_its_events_add(shop: SmallShop, seed: int, events: int) -> None:
    history = shop.history(seed, events=events)
    assert weights_of(shop, history) == pytest.approx(by_hand(shop, history), rel=1e-5)


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_the_order_of_merging_does_not_matter(shop: SmallShop, seed: int) -> None:
    history = shop.history(seed)
    shuffled = only(history, np.random.default_rng(seed).permutation(len(history.objects)))
    assert weights_of(shop, shuffled) == pytest.approx(weights_of(shop, history), rel=1e-5)


@settings(max_examples=30, deadline=None)
@given(seeds, st.floats(0.0, 20.0))
def test_decay_composes(shop: SmallShop, seed: int, days: float) -> None:
    history, later = shop.history(seed), shop.now + round(days * SECONDS_PER_DAY)
    faded = 0.5 ** ((later - shop.now) / SECONDS_PER_DAY / SETTINGS.half_life_days)
    expected = {node: weight * faded for node, weight in weights_of(shop, history).items()}
    assert weights_of(shop, history, later) == pytest.approx(expected, rel=1e-4)


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(0, 29))
def test_removing_an_event_is_never_having_seen_it(shop: SmallShop, seed: int, event: int) -> None:
    history = shop.history(seed)
    tree = tree_of(shop, history)
    left = tree.weights - tree.support[:, event]
    rest = weights_of(shop, only(history, np.arange(30) != event))
    for node, weight in zip(tree.nodes.tolist(), left.tolist(), strict=True):
        assert weight == pytest.approx(rest.get(node, 0.0), abs=1e-5)


def test_two_trees_merge_by_adding_their_weights(shop: SmallShop) -> None:
    history = shop.history(1)
    first, second = (
        weights_of(shop, only(history, np.arange(10))),
        weights_of(shop, only(history, np.arange(10, 30))),
    )
    both = {node: first.get(node, 0.0) + second.get(node, 0.0) for node in first.keys() | second.keys()}
    assert weights_of(shop, history) == pytest.approx(both, rel=1e-5)


def test_supporters_are_the_events_behind_a_node_strongest_first(shop: SmallShop) -> None:
    history = shop.history(2)
    tree = tree_of(shop, history)
    top = int(np.argmax(tree.weights))
    events = tree.supporters(top, limit=3)
    assert len(events) == 3
    assert all(tree.nodes[top] in shop.snapshot.paths.nodes[history.objects[event]] for event in events)
    assert sorted(tree.support[top, events], reverse=True) == list(tree.support[top, events])


def test_somebody_unknown_has_an_empty_tree(shop: SmallShop) -> None:
    assert weights_of(shop, UserHistory.empty()) == {}


def test_an_action_counts_as_its_setting_says(shop: SmallShop) -> None:
    video = UserHistory(np.array([240], np.int32), np.array([1], np.int8), np.array([shop.now]))
    single, double = EventWeightSettings(like=1.0), EventWeightSettings(like=2.0)
    assert double.event_weights(video, shop.now) == pytest.approx(2 * single.event_weights(video, shop.now))
