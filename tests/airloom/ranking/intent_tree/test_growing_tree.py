from __future__ import annotations

from collections.abc import Iterable
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.errors import AirloomError
from airloom.logs.contract import ACTIONS
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.history import UserHistory
from airloom.ranking.intent_tree import growing_tree
from airloom.ranking.intent_tree.chains import chains_for
from airloom.ranking.intent_tree.growing_tree import Event, GrowingTree
from airloom.ranking.intent_tree.retrieval import RetrievalSettings
from airloom.ranking.intent_tree.tree import DAY, IntentTree, TreeSettings, grow_tree
from airloom.ranking.snapshot import ObjectPaths
from tests.airloom.ranking.small_shop import Shop

NOW = 1_700_000_000
A_YEAR = 365 * DAY
PATHS = ObjectPaths(
    np.array([0, 2, 3, 3, 5]),
    np.array([[0, 1, -1, -1], [0, 2, 7, -1], [0, 2, -1, -1], [4, 5, -1, -1], [9, -1, -1, -1]], np.int32),
    np.array([0.9, 0.3, 0.7, 1.0, 0.1], np.float32),
)
"""Object 0 has two paths through node 0; object 2 has none."""

moments = st.integers(NOW - 5 * DAY, NOW - 1) | st.integers(NOW - 5 * A_YEAR, NOW - 1)
an_event = st.builds(Event, moments, st.integers(0, 3), st.integers(0, len(ACTIONS) - 1))
some_events = st.lists(an_event, max_size=12)
half_lives = st.sampled_from([0.01, 0.7, 4.0, 1000.0])
laws = settings(max_examples=60, deadline=None)


def tree_of(events: Iterable[Event], half_life_days: float = 4.0) -> GrowingTree:
    return GrowingTree(PATHS, TreeSettings(half_life_days=half_life_days), events)


def bits(tree: GrowingTree, now: int = NOW) -> list[bytes]:
    """Everything that can be read, to the last bit."""
    return [column.tobytes() for column in (*tree.history, *tree.at(now), *tree.weights(now))]


@laws
@given(some_events, half_lives, st.randoms(use_true_random=False))
def test_the_order_of_events_does_not_matter(events: list[Event], half_life: float, random: Random) -> None:
    shuffled = random.sample(events, len(events))
    assert bits(tree_of(shuffled, half_life)) == bits(tree_of(events, half_life))


@laws
@given(st.dictionaries(st.integers(-60, 0), st.integers(1, 2**41), min_size=3))
def test_the_order_of_half_lives_does_not_matter(units: dict[int, int]) -> None:
    backwards = dict(reversed(units.items()))
    assert growing_tree._Sum(1, backwards).level() == growing_tree._Sum(1, units).level()


@laws
@given(some_events)
def test_an_event_that_comes_again_counts_once(events: list[Event]) -> None:
    assert bits(tree_of([*events, *reversed(events)])) == bits(tree_of(events))


@laws
@given(some_events, some_events, half_lives)
def test_a_removed_event_has_never_been_seen(stay: list[Event], go: list[Event], half_life: float) -> None:
    tree = tree_of([*stay, *go], half_life)
    for event in go:
        tree.remove(event)
    assert bits(tree) == bits(tree_of([event for event in stay if event not in go], half_life))


def test_no_trace_is_left_of_what_is_removed() -> None:
    events = [Event(NOW - age * DAY, 0, 1) for age in range(100)]
    tree = tree_of(events)
    for event in events:
        tree.remove(event)
    assert not any(value for value in vars(tree).values() if isinstance(value, dict | list))


def test_removing_what_is_not_there_changes_nothing() -> None:
    tree = tree_of([Event(NOW - 1, 0, 0)])
    before = bits(tree)
    tree.remove(Event(NOW - 2, 0, 0))
    assert bits(tree) == before


@laws
@given(some_events, some_events, some_events)
def test_trees_merge_in_any_order(first: list[Event], second: list[Event], third: list[Event]) -> None:
    a, b, c = tree_of(first), tree_of(second), tree_of(third)
    whole = bits(tree_of([*first, *second, *third]))
    assert bits(a.merged(b).merged(c)) == whole
    assert bits(c.merged(b.merged(a))) == whole


def test_trees_of_different_settings_do_not_merge() -> None:
    with pytest.raises(AirloomError, match="different paths or settings"):
        tree_of([]).merged(tree_of([], half_life_days=1.0))


@laws
@given(some_events, half_lives, st.sampled_from([0.0, 0.5]))
def test_it_is_the_tree_that_is_grown_anew(events: list[Event], half_life: float, view: float) -> None:
    weights = TreeSettings(half_life_days=half_life, view=view)
    tree = GrowingTree(PATHS, weights, events)
    expected = grow_tree(PATHS, tree.history, weights.event_weights(tree.history, NOW))
    for column, same in zip(tree.at(NOW), expected, strict=True):
        np.testing.assert_allclose(column, same, rtol=2e-6, atol=1e-30)


@laws
@given(some_events, st.integers(0, 40 * DAY))
def test_decay_composes(events: list[Event], seconds: int) -> None:
    tree, faded = tree_of(events), 0.5 ** (seconds / DAY / 4.0)
    early, late = tree.at(NOW), tree.at(NOW + seconds)
    np.testing.assert_array_equal(late.nodes, early.nodes)
    np.testing.assert_allclose(late.weights, early.weights * faded, rtol=1e-6, atol=1e-30)
    np.testing.assert_allclose(late.support, early.support * faded, rtol=1e-6, atol=1e-30)


@laws
@given(some_events, moments)
def test_events_at_or_after_the_moment_do_not_count_yet(events: list[Event], moment: int) -> None:
    tree = tree_of(events)
    before = bits(tree)
    past = tree_of(event for event in events if event.timestamp < moment)
    for column, same in zip(tree.at(moment), past.at(moment), strict=True):
        np.testing.assert_array_equal(column, same)
    assert bits(tree) == before


@laws
@given(some_events, moments)
def test_old_events_can_be_forgotten(events: list[Event], moment: int) -> None:
    tree = tree_of(events)
    tree.forget(moment)
    assert bits(tree) == bits(tree_of(event for event in events if event.timestamp >= moment))


def test_five_years_of_a_short_half_life_neither_overflow_nor_vanish() -> None:
    old, new = Event(NOW - 5 * A_YEAR, 1, 1), Event(NOW - 1, 1, 1)
    assert tree_of([old], half_life_days=0.01).weights(NOW).weights.tolist() == [0.0, 0.0]
    both = tree_of([old, new], half_life_days=0.01)
    assert both.weights(NOW).weights == pytest.approx(0.7, rel=2e-3)
    both.remove(new)
    then = NOW - 5 * A_YEAR + 1
    assert both.weights(then).weights == pytest.approx(0.7, rel=2e-3)


@pytest.mark.parametrize("held", [1, 1000])
def test_an_event_touches_the_nodes_of_its_paths_however_many_are_held(
    held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tree_of(Event(NOW - 2 - second, second % 4, second % 5) for second in range(held))
    touched: list[int] = []
    change = growing_tree._Sum._change

    def counted(total: growing_tree._Sum, period: int, by: int) -> None:
        touched.append(by)
        change(total, period, by)

    monkeypatch.setattr(growing_tree._Sum, "_change", counted)
    tree.add(Event(NOW - 1, 0, 1))
    assert len(touched) == 4  # the nodes 0, 1, 2 and 7
    tree.remove(Event(NOW - 1, 0, 1))
    assert len(touched) == 8
    tree.at(NOW)
    tree.at(NOW + A_YEAR)
    assert len(touched) == 8


def strongest(tree: IntentTree, history: UserHistory, node: int) -> list[int]:
    row = tree.nodes.tolist().index(node)
    return [int(history.timestamps[event]) for event in tree.supporters(row, limit=2)]


def test_the_strongest_supporters_move_up_when_one_is_removed() -> None:
    order, view = ACTIONS.index("order"), ACTIONS.index("view")
    newest, stronger, oldest = Event(NOW - 1, 1, view), Event(NOW - 9, 1, order), Event(NOW - DAY, 1, view)
    tree = tree_of([oldest, newest, stronger])
    assert strongest(tree.at(NOW), tree.history, node=0) == [stronger.timestamp, newest.timestamp]
    tree.remove(stronger)
    assert strongest(tree.at(NOW), tree.history, node=0) == [newest.timestamp, oldest.timestamp]


def test_retrieval_reads_it_like_any_other_tree(shop: Shop) -> None:
    catalogue, past = Catalogue.of(shop.snapshot), shop.history(3)
    grown = GrowingTree(
        catalogue.paths,
        TreeSettings(),
        map(Event, *(column.tolist() for column in (past.timestamps, past.objects, past.actions))),
    )
    rebuilt = grow_tree(catalogue.paths, past, TreeSettings().event_weights(past, shop.now))
    found = [
        chains_for(
            catalogue,
            tree,
            candidates=shop.snapshot.products,
            ages=((shop.now - past.timestamps) / DAY).astype(np.float32),
            settings=RetrievalSettings(),
        )
        for tree in (grown.at(shop.now), rebuilt)
    ]
    np.testing.assert_allclose(found[0].scores, found[1].scores, rtol=1e-5)
    np.testing.assert_allclose(found[0].supports, found[1].supports, rtol=1e-5)
