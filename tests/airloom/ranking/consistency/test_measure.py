from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from airloom.errors import AirloomError
from airloom.intents.history import HistoryText
from airloom.intents.paths import IntentPath
from airloom.logs.contract import CONTENT_ACTIONS
from airloom.ranking.consistency.agreement import METRICS
from airloom.ranking.consistency.direct_paths import DirectPaths
from airloom.ranking.consistency.measure import (
    NO_EVENTS,
    NO_READING,
    NO_TREE,
    ConsistencySettings,
    history_text,
    measure_consistency,
)
from airloom.ranking.consistency.result import Consistency, estimated
from airloom.ranking.history import UserHistory
from airloom.ranking.snapshot import ObjectPaths
from airloom.timestamps import SECONDS_PER_DAY
from tests.airloom.ranking.small_shop import OBJECTS, VIDEOS, SmallShop

FIRST_VIDEO = OBJECTS - VIDEOS
SETTINGS = ConsistencySettings(candidates=60, resamples=500)


def watched(shop: SmallShop, videos: Sequence[int], *, age_days: float = 1.0) -> UserHistory:
    count = len(videos)
    at = np.full(count, shop.now - int(age_days * SECONDS_PER_DAY)) + np.arange(count)
    return UserHistory(np.array(videos, np.int32) + FIRST_VIDEO, np.zeros(count, np.int8), at)


class VideoReader:
    """Says of a history which videos it holds, newest first, at most `max_titles` of them."""

    def __init__(self, max_titles: int) -> None:
        self.max_titles = max_titles
        self.read: list[HistoryText] = []

    def read_histories(self, histories: Sequence[HistoryText]) -> list[tuple[IntentPath, ...]]:
        self.read.extend(histories)
        return [
            tuple(IntentPath((line.title,), 0.7) for line in history[: self.max_titles])
            for history in histories
        ]


def measured(
    shop: SmallShop, users: dict[str, UserHistory], *, max_titles: int = 50, **settings: Any
) -> Consistency:
    """A title leads to the paths of its video, so a reader of all titles says what composing says."""
    paths = shop.snapshot.paths

    def resolve(readings: Sequence[tuple[IntentPath, ...]]) -> DirectPaths:
        rows = [[int(path.labels[0].split()[1]) for path in reading] for reading in readings]
        flat = [row for own in rows for row in own]
        offsets = np.cumsum([0, *map(len, rows)])
        own = ObjectPaths(offsets, paths.nodes[flat], paths.confidences[flat])
        return DirectPaths(shop.snapshot.nodes, own)

    defaults: dict[str, Any] = {"candidates": 60, "resamples": 500}
    chosen = ConsistencySettings(**defaults | settings)
    return measure_consistency(
        shop.snapshot, users, reader=VideoReader(max_titles), resolve=resolve, settings=chosen
    )


def a_path_each(paths: ObjectPaths, readings: Sequence[tuple[IntentPath, ...]]) -> ObjectPaths:
    """The path of the first video for every reading that says anything."""
    has_paths = [bool(reading) for reading in readings]
    rows = np.full(sum(has_paths), paths.offsets[FIRST_VIDEO])
    return ObjectPaths(np.cumsum([0, *has_paths]), paths.nodes[rows], paths.confidences[rows])


def some_users(shop: SmallShop, count: int, *, events: int) -> dict[str, UserHistory]:
    random = np.random.default_rng(0)
    return {
        f"u{user}": watched(shop, random.choice(VIDEOS, events, replace=False).tolist())
        for user in range(count)
    }


def test_a_reader_that_says_what_the_events_say_agrees_entirely_and_strangers_do_not(shop: SmallShop) -> None:
    consistency = measured(shop, some_users(shop, 30, events=4))

    assert (consistency.users, consistency.events, consistency.composed_nodes) == (
        30,
        4.0,
        consistency.direct_nodes,
    )
    for name in METRICS:
        own, chance, above = consistency.metrics[name][1:]
        assert own.mean == pytest.approx(1.0, abs=1e-3)
        assert chance.high < 0.9
        assert chance.low <= chance.mean <= chance.high
        assert above.mean == pytest.approx(own.mean - chance.mean)


def test_a_reader_that_sees_less_agrees_less(shop: SmallShop) -> None:
    users = some_users(shop, 30, events=8)

    all_of_it, a_part = measured(shop, users), measured(shop, users, max_titles=1)

    for name in METRICS:
        assert a_part.metrics[name].own.mean < all_of_it.metrics[name].own.mean - 0.05


def test_the_unit_of_a_readers_confidences_does_not_matter(shop: SmallShop) -> None:
    """Old events weigh little, so the tree's total is far below the reading's."""
    users = {
        user: history._replace(timestamps=history.timestamps - 20 * SECONDS_PER_DAY)
        for user, history in some_users(shop, 10, events=4).items()
    }

    assert measured(shop, users).metrics["rank_correlation"].own.mean == pytest.approx(1.0, abs=1e-3)


def test_only_content_with_a_title_counts_and_of_that_the_newest(shop: SmallShop) -> None:
    titles = list(shop.snapshot.objects.titles)
    titles[FIRST_VIDEO + 2] = "  "
    snapshot = replace(shop.snapshot, objects=shop.snapshot.objects._replace(titles=titles))
    videos = watched(shop, [0, 1, 2, 3])
    history = UserHistory(
        np.append(videos.objects, [5]).astype(np.int32),  # a product, and it was ordered last
        np.append(videos.actions, [4]).astype(np.int8),
        np.append(videos.timestamps, [shop.now - 1]),
    )
    reader = VideoReader(50)

    measure_consistency(
        snapshot,
        {"a": history, "b": history},
        reader=reader,
        resolve=lambda readings: DirectPaths(snapshot.nodes, a_path_each(snapshot.paths, readings)),
        settings=ConsistencySettings(events=2),
    )

    newest = [titles[FIRST_VIDEO + 3], titles[FIRST_VIDEO + 1]]
    assert [[line.title for line in history] for history in reader.read] == [newest, newest]


def test_a_history_is_told_newest_first_with_action_and_age(shop: SmallShop) -> None:
    history = UserHistory(
        np.array([240, 241], np.int32),
        np.array([0, 1], np.int8),
        np.array([shop.now - 3 * SECONDS_PER_DAY, shop.now - SECONDS_PER_DAY // 2]),
    )

    text = history_text(shop.snapshot, history, shop.now)

    assert text == ((CONTENT_ACTIONS[1], "title 241", 0.5), (CONTENT_ACTIONS[0], "title 240", 3.0))


def test_users_who_cannot_be_compared_are_counted_by_reason(shop: SmallShop) -> None:
    offsets = shop.snapshot.paths.offsets.copy()
    offsets[FIRST_VIDEO + 1 :] = offsets[FIRST_VIDEO + 1]  # of all videos only the first still has a path
    snapshot = replace(shop.snapshot, paths=shop.snapshot.paths._replace(offsets=offsets))
    users = {
        "a": watched(shop, [0]),
        "b": watched(shop, [1, 0]),
        "no events": UserHistory.empty(),
        "no content": UserHistory(np.array([5], np.int32), np.array([4], np.int8), np.array([shop.now - 1])),
        "no tree": watched(shop, [3]),
        "no reading": watched(shop, [0, 7]),
    }

    class NothingToSay(VideoReader):
        def read_histories(self, histories: Sequence[HistoryText]) -> list[tuple[IntentPath, ...]]:
            readings = super().read_histories(histories)
            return [() if paths[0].labels == (f"title {FIRST_VIDEO + 7}",) else paths for paths in readings]

    consistency = measure_consistency(
        snapshot,
        users,
        reader=NothingToSay(50),
        resolve=lambda readings: DirectPaths(snapshot.nodes, a_path_each(snapshot.paths, readings)),
        settings=SETTINGS,
    )

    assert consistency.users == 2
    assert consistency.left_out == {NO_EVENTS: 2, NO_READING: 1, NO_TREE: 1}
    assert json.loads(json.dumps(consistency.as_dict(), allow_nan=False))["left_out"] == consistency.left_out


def test_one_user_is_not_enough_and_the_message_says_why(shop: SmallShop) -> None:
    with pytest.raises(AirloomError, match=r"Of 2 users 1 can be compared \(no content events: 1\)"):
        measured(shop, {"a": watched(shop, [1]), "b": UserHistory.empty()})


def test_the_same_seed_gives_the_same_numbers(shop: SmallShop) -> None:
    users = some_users(shop, 12, events=5)
    backwards = dict(reversed(users.items()))

    assert measured(shop, users, max_titles=2) == measured(shop, backwards, max_titles=2)
    assert measured(shop, users, max_titles=2) != measured(shop, users, max_titles=2, seed=1)


def test_the_interval_covers_the_mean_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    hits = 0
    for seed in range(50):
        own = np.tile(random.normal(0.5, 0.2, (40, 1)), len(METRICS))
        interval = estimated(own, np.zeros_like(own), resamples=200, confidence=0.9, seed=seed)["cosine"].own
        hits += interval.low <= 0.5 <= interval.high
    assert 38 <= hits <= 49


def test_a_metric_that_is_not_defined_for_a_user_leaves_that_user_out() -> None:
    own, chance = np.full((3, len(METRICS)), 0.5), np.zeros((3, len(METRICS)))
    own[0, 0] = chance[1, 0] = np.nan
    chance[:, 1] = np.nan

    estimates = estimated(own, chance, resamples=50, confidence=0.95, seed=0)

    assert estimates["f1_leaves"].users == 1
    assert METRICS[1] not in estimates
    assert estimates["cosine"].users == 3
