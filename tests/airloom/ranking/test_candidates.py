from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from airloom.intents.vocabulary.nodes import CATEGORY, Nodes
from airloom.ranking.candidates import Candidates, CandidateSettings
from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.ranking.snapshot import Neighbours, ObjectPaths, Objects, Snapshot

NOW = 1_000_000
VIDEO = 40
SHELF_A, SHELF_B, EMPTY_SHELF = 0, 1, 2


def make_snapshot() -> Snapshot:
    """Products 0-19 on shelf A, 20-39 on shelf B, the later the more popular; a video points to shelf A."""
    count = 41
    is_product = np.arange(count) < VIDEO
    leaves = np.where(np.arange(count) < 20, SHELF_A, SHELF_B).astype(np.int32)
    leaves[VIDEO] = -1
    paths = np.full((count + 1, 5), -1, np.int32)
    paths[:VIDEO, 0] = leaves[:VIDEO]
    paths[VIDEO, 0], paths[VIDEO + 1, 0] = SHELF_A, EMPTY_SHELF
    return Snapshot(
        Nodes(
            ["a", "b", "empty"],
            np.full(3, -1, np.int32),
            np.zeros(3, np.int8),
            np.full(3, CATEGORY, np.int8),
            np.eye(3, dtype=np.float32),
        ),
        Objects(
            [f"o{number:02}" for number in range(count)],
            [""] * count,
            is_product,
            is_product & (np.arange(count) != 19),
            leaves,
            np.ones(count, np.float32),
            np.arange(count, dtype=np.float32),
            np.zeros((count, 3), np.float32),
        ),
        ObjectPaths(np.append(np.arange(41), 42), paths, np.ones(count + 1, np.float32)),
        Neighbours(
            np.append(np.zeros(41, np.int64), 3),
            np.array([5, 25, 19], np.int32),
            np.array([1.0, 2.0, 9.0], np.float32),
        ),
        as_of=NOW,
        versions={},
    )


SNAPSHOT = make_snapshot()
WATCHED = UserHistory(
    np.array([VIDEO], np.int32), np.array([ACTION_CODE["view"]], np.int8), np.array([NOW - 60])
)


def test_without_a_past_the_popular_products_are_proposed() -> None:
    found = Candidates(SNAPSHOT, CandidateSettings(limit=5)).propose(UserHistory.empty(), NOW)
    assert found.dtype == np.int32
    assert found.tolist() == [39, 38, 37, 36, 35]


def test_intents_come_first_then_neighbours_then_popular_products() -> None:
    settings = CandidateSettings(limit=8, from_intents=3, from_neighbours=2)
    found = Candidates(SNAPSHOT, settings).propose(WATCHED, NOW)
    assert found.tolist() == [18, 17, 16, 25, 5, 39, 38, 37]


def test_each_product_is_proposed_once_and_none_that_is_not_on_sale() -> None:
    found = Candidates(SNAPSHOT).propose(WATCHED, NOW)
    assert sorted(found.tolist()) == SNAPSHOT.products.tolist()


def test_shelves_take_turns_in_the_order_of_interest() -> None:
    likes_b = UserHistory(
        np.array([VIDEO, 39], np.int32),
        np.array([ACTION_CODE["view"], ACTION_CODE["like"]], np.int8),
        np.array([NOW - 120, NOW - 60]),
    )
    settings = CandidateSettings(limit=4, from_intents=4, from_neighbours=0)
    assert Candidates(SNAPSHOT, settings).propose(likes_b, NOW).tolist() == [39, 18, 38, 17]


def test_only_the_newest_events_count() -> None:
    history = UserHistory(
        np.array([39, VIDEO], np.int32), np.zeros(2, np.int8), np.array([NOW - 60, NOW - 30])
    )
    weights = Candidates(SNAPSHOT, CandidateSettings(recent=1)).category_weights(history, NOW)
    assert weights[SHELF_A] > 0
    assert weights[SHELF_B] == 0


def test_a_category_without_products_has_no_weight() -> None:
    assert Candidates(SNAPSHOT).category_weights(WATCHED, NOW)[EMPTY_SHELF] == 0


@pytest.mark.parametrize("history", [WATCHED, UserHistory.empty()])
def test_a_shop_with_nothing_on_sale_proposes_nothing(history: UserHistory) -> None:
    closed = replace(SNAPSHOT, objects=SNAPSHOT.objects._replace(active=np.zeros(41, np.bool_)))
    assert len(Candidates(closed).propose(history, NOW)) == 0
