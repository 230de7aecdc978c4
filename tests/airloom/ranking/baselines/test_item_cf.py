from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from airloom.causes import SIGNALS, Cause
from airloom.ranking.baselines.item_cf import ItemCfRanker
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.ranking.snapshot import Neighbors, Snapshot
from airloom.timestamps import SECONDS_PER_DAY
from tests.airloom.ranking.small_shop import NOW, small_snapshot

OLD, NEW, UNSEEN = 240, 241, 242


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    """Products 0 and 1 go with one video (2:1), product 2 with the other; popularity falls."""
    shop = small_snapshot()
    offsets = np.zeros(len(shop.objects.ids) + 1, np.int64)
    offsets[OLD + 1 :], offsets[NEW + 1 :] = 2, 3
    neighbors = Neighbors(offsets, np.array([0, 1, 2], np.int32), np.array([2.0, 1.0, 2.0], np.float32))
    falling = np.arange(len(shop.objects.ids), 0, -1).astype(np.float32)
    return replace(shop, neighbors=neighbors, objects=shop.objects._replace(popularity=falling))


def history(*events: tuple[int, float]) -> UserHistory:
    rows = sorted((NOW - round(age * SECONDS_PER_DAY), row) for row, age in events)
    return UserHistory(
        np.array([row for _, row in rows], np.int32),
        np.full(len(rows), ACTION_CODE["like"], np.int8),
        np.array([time for time, _ in rows], np.int64),
    )


def order(snapshot: Snapshot, past: UserHistory, candidates: list[int]) -> list[int]:
    rows = np.array(candidates, np.int32)
    ranking = ItemCfRanker(snapshot).rank(history=past, candidates=rows, now=NOW)
    return rows[np.argsort(-ranking.scores)].tolist()


def test_the_more_recent_event_wins(snapshot: Snapshot) -> None:
    assert order(snapshot, history((OLD, 5), (NEW, 1)), [0, 1, 2, 9]) == [2, 0, 1, 9]


def test_events_add_up(snapshot: Snapshot) -> None:
    assert order(snapshot, history((OLD, 2), (NEW, 1)), [0, 2]) == [2, 0]
    assert order(snapshot, history((OLD, 2), (OLD, 2), (NEW, 1)), [0, 2]) == [0, 2]


def test_popularity_orders_what_neighbors_leave_equal(snapshot: Snapshot) -> None:
    assert order(snapshot, history((UNSEEN, 1)), [7, 3, 5]) == [3, 5, 7]
    assert order(snapshot, UserHistory.empty(), [7, 3, 5]) == [3, 5, 7]


def test_popularity_never_overrules_a_neighbor(snapshot: Snapshot) -> None:
    assert order(snapshot, history((NEW, 60)), [0, 2]) == [2, 0]
    assert order(snapshot, history((NEW, 4000)), [0, 2]) == [2, 0]
    assert order(snapshot, history((UNSEEN, 1), (NEW, 400)), [0, 2]) == [2, 0]


def test_popularity_orders_equal_neighbors(snapshot: Snapshot) -> None:
    equal = snapshot.neighbors._replace(weights=np.ones(3, np.float32))
    level = replace(snapshot, neighbors=equal)
    for candidates in ([1, 0, 9], [0, 1, 9]):
        assert order(level, history((OLD, 1)), candidates) == [0, 1, 9]


def test_the_half_life_decides_how_long_an_event_outweighs_others(snapshot: Snapshot) -> None:
    past, rows = history((OLD, 40), (OLD, 40), (NEW, 1)), np.array([0, 2], np.int32)
    short, long = (
        ItemCfRanker(snapshot, EventWeightSettings(half_life_days=days))
        .rank(history=past, candidates=rows, now=NOW)
        .scores.tolist()
        for days in (4.0, 365.0)
    )
    assert (short, long) == ([0.0, 1.0], [1.0, 0.0])


def test_nobody_to_rank_for_and_nothing_to_rank_are_no_errors(snapshot: Snapshot) -> None:
    nothing = np.empty(0, np.int32)
    assert order(snapshot, UserHistory.empty(), [0]) == [0]
    assert (
        len(ItemCfRanker(snapshot).rank(history=history((NEW, 1)), candidates=nothing, now=NOW).scores) == 0
    )


def test_what_comes_later_does_not_count(snapshot: Snapshot) -> None:
    assert order(snapshot, history((NEW, -1)), [0, 2]) == [0, 2]


def test_evidence_names_the_events_behind_a_score(snapshot: Snapshot) -> None:
    past = history((OLD, 5), (NEW, 1))
    ranking = ItemCfRanker(snapshot).rank(history=past, candidates=np.array([2, 0, 9], np.int32), now=NOW)
    assert ranking.evidence.tolist() == [[1, -1], [0, -1], [-1, -1]]


def test_a_candidate_named_twice_scores_the_same_twice(snapshot: Snapshot) -> None:
    ranker = ItemCfRanker(snapshot)
    ranking = ranker.rank(history=history((NEW, 1)), candidates=np.array([2, 0, 2], np.int32), now=NOW)
    assert ranking.scores[0] == ranking.scores[2] > 0


def test_item_cf_counts_where_there_is_an_edge_and_popularity_elsewhere(snapshot: Snapshot) -> None:
    rows = np.array([1, 2], np.int32)
    ranking = ItemCfRanker(snapshot).rank(history=history((OLD, 1)), candidates=rows, now=NOW)
    added = ranking.contributions(np.array([0, 1]))
    strongest = [SIGNALS[column] for column in added.argmax(axis=1)]
    assert strongest == [Cause.BOUGHT_TOGETHER, Cause.POPULARITY]
    assert (added > 0).sum() == 2
