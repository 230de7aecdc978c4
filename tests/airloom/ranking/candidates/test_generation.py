from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.intents.linking.nodes import CATEGORY, Nodes
from airloom.ranking.candidates.generation import SOURCES, Candidates, CandidateSettings, interleave
from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.ranking.snapshot import Neighbors, ObjectPaths, Objects, Snapshot
from airloom.ranking.texts import Texts
from airloom.timestamps import EpochSeconds

NOW = EpochSeconds(1_000_000)
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
        Texts.of(np.zeros((count, 3), np.float32), np.eye(3, dtype=np.float32)),
        ObjectPaths(np.append(np.arange(41), 42), paths, np.ones(count + 1, np.float32)),
        Neighbors(
            np.append(np.zeros(41, np.int64), 3),
            np.array([5, 25, 19], np.int32),
            np.array([1.0, 2.0, 9.0], np.float32),
        ),
        before=NOW,
        versions={},
    )


SNAPSHOT = make_snapshot()
HOUR = 3_600
WATCHED = UserHistory(
    np.array([VIDEO], np.int32), np.array([ACTION_CODE["view"]], np.int8), np.array([NOW - 60])
)


def test_without_a_past_the_popular_products_are_proposed() -> None:
    proposed = Candidates(SNAPSHOT, CandidateSettings(limit=5)).propose(UserHistory.empty(), NOW)
    assert proposed.dtype == np.int32
    assert proposed.tolist() == [39, 38, 37, 36, 35]


def only(*, limit: int = 300, last: int = 3, **shares: int) -> CandidateSettings:
    """The sources that are named, and no others; titles like those of the `last` objects."""
    from_intents, from_neighbors, from_titles, from_popular = (shares.get(source, 0) for source in SOURCES)
    return CandidateSettings(
        limit=limit,
        titles=last,
        from_intents=from_intents,
        from_neighbors=from_neighbors,
        from_titles=from_titles,
        from_popular=from_popular,
    )


def viewed(*objects: int) -> UserHistory:
    """One view an hour, the last one just now."""
    count = len(objects)
    return UserHistory(
        np.array(objects, np.int32), np.zeros(count, np.int8), NOW - HOUR * np.arange(count, 0, -1)
    )


def with_titles(**directions: tuple[float, float, float]) -> Snapshot:
    """The objects that are named have titles with these embeddings, the others have none."""
    embeddings = np.zeros((41, 3), np.float32)
    for name, direction in directions.items():
        embeddings[SNAPSHOT.index[name]] = np.array(direction) / np.linalg.norm(direction)
    objects = SNAPSHOT.objects._replace(embeddings=embeddings)
    return replace(SNAPSHOT, objects=objects, texts=Texts.of(embeddings, SNAPSHOT.nodes.embeddings))


def test_each_source_gets_its_share_and_others_go_on_where_one_has_no_more() -> None:
    settings = only(limit=9, intents=2, neighbours=4, popular=1)
    proposed = Candidates(SNAPSHOT, settings).propose(WATCHED, NOW)
    assert proposed.tolist() == [25, 18, 5, 39, 17, 16, 38, 15, 14]


def test_a_source_without_a_share_is_left_out() -> None:
    proposed = Candidates(SNAPSHOT, only(neighbours=1)).propose(WATCHED, NOW)
    assert proposed.tolist() == [25, 5]
    assert Candidates(SNAPSHOT, only()).propose(WATCHED, NOW).tolist() == []


def test_what_goes_with_newer_events_comes_first() -> None:
    linked = Neighbors(
        np.append(np.arange(3), np.full(39, 2)),
        np.array([30, 31], np.int32),
        np.array([1.0, 1.1], np.float32),
    )
    candidates = Candidates(replace(SNAPSHOT, neighbors=linked), only(neighbours=1))
    month_apart = viewed(1, 0)._replace(timestamps=np.array([NOW - 30 * 24 * HOUR, NOW - HOUR]))
    assert candidates.propose(month_apart, NOW).tolist() == [30, 31]
    assert candidates.propose(viewed(1, 0), NOW).tolist() == [31, 30]


def test_titles_like_those_touched_last_are_interleaved_the_newest_first() -> None:
    snapshot = with_titles(
        o40=(1, 0, 0), o11=(1, 0.1, 0), o12=(1, 0.5, 0), o03=(0, 0, 1), o04=(0, 0.1, 1), o19=(1, 0, 0)
    )
    candidates = Candidates(snapshot, only(limit=4, titles=1, last=2))
    # o03 is its own best match; o19 is not on sale; o05 has no title, and o03 is asked for once
    assert candidates.propose(viewed(VIDEO, 5, 3, 3), NOW).tolist() == [3, 11, 4, 12]
    newest_only = Candidates(snapshot, only(limit=2, titles=1, last=1))
    assert newest_only.propose(viewed(3, VIDEO), NOW).tolist() == [11, 12]


def test_all_four_sources_have_a_share_unless_the_caller_says_otherwise() -> None:
    by_source = Candidates(with_titles(o40=(1, 0, 0), o01=(1, 0, 0))).by_source(WATCHED, NOW)
    assert list(by_source) == list(SOURCES)
    assert all(len(rows) for rows in by_source.values())
    assert all(CandidateSettings().shares[source] > 0 for source in by_source)


any_lists = st.lists(st.lists(st.integers(0, 30), unique=True, max_size=20), min_size=1, max_size=4)


@given(any_lists, st.data())
def test_turns_are_in_proportion_to_shares(lists: list[list[int]], data: st.DataObject) -> None:
    shares = data.draw(st.lists(st.integers(0, 9), min_size=len(lists), max_size=len(lists)))
    limit = data.draw(st.integers(0, 60))
    taken = interleave([np.array(rows, np.int32) for rows in lists], shares, limit=limit).tolist()
    turns = {
        row: min(
            (rows.index(row) + 0.5) / share
            for rows, share in zip(lists, shares, strict=True)
            if share and row in rows
        )
        for row in {row for rows, share in zip(lists, shares, strict=True) if share for row in rows}
    }
    assert len(taken) == len(set(taken)) == min(limit, len(turns))
    assert [turns[row] for row in taken] == sorted(turns.values())[:limit]


def test_each_product_is_proposed_once_and_none_that_is_not_on_sale() -> None:
    proposed = Candidates(SNAPSHOT).propose(WATCHED, NOW)
    assert sorted(proposed.tolist()) == SNAPSHOT.products.tolist()


def test_categories_are_interleaved_in_the_order_of_interest() -> None:
    likes_b = UserHistory(
        np.array([VIDEO, 39], np.int32),
        np.array([ACTION_CODE["view"], ACTION_CODE["like"]], np.int8),
        np.array([NOW - 120, NOW - 60]),
    )
    settings = only(limit=4, intents=1)
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
