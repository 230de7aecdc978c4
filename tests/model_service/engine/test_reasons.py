from __future__ import annotations

import numpy as np
import pytest

from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.ranking.ranker import Ranking
from airloom.ranking.snapshot import Snapshot
from model_service.engine.reasons import explain
from tests.model_service.shop import APPLIANCES, BLENDER, CAT_LIFE, NOON, SMOOTHIES


def make_history(snapshot: Snapshot, events: int) -> UserHistory:
    return UserHistory(
        np.full(events, snapshot.index["video-smoothie"], np.int32),
        np.full(events, ACTION_CODE["view"], np.int8),
        NOON - 60 * np.arange(events, 0, -1),
    )


def make_ranking(chains: list[list[int]], evidence: list[list[int]]) -> Ranking:
    return Ranking(
        np.zeros(len(chains), np.float32), np.array(chains, np.int32), np.array(evidence, np.int32)
    )


@pytest.mark.parametrize(
    ("chain", "labels"),
    [
        ([BLENDER, APPLIANCES], ["kitchen", "small kitchen appliances", "smoothie blender"]),
        ([APPLIANCES, -1], ["kitchen", "small kitchen appliances"]),
        ([SMOOTHIES, CAT_LIFE], ["green smoothies at home"]),
        (
            [BLENDER, SMOOTHIES],
            ["green smoothies at home", "kitchen", "small kitchen appliances", "smoothie blender"],
        ),
        ([-1, -1], []),
    ],
)
def test_a_chain_is_the_need_and_the_walk_down_to_the_category(
    snapshot: Snapshot, chain: list[int], labels: list[str]
) -> None:
    ranking = make_ranking([chain], [[-1]])
    [reason] = explain(snapshot, make_history(snapshot, 1), ranking, np.array([0]))
    assert (reason.chain, reason.events) == (labels, [])


def test_at_most_three_events_stand_behind_a_product_strongest_first(snapshot: Snapshot) -> None:
    history = make_history(snapshot, 5)
    ranking = make_ranking([[-1], [-1]], [[0, -1, -1, -1], [4, 2, 0, 1]])
    second, first = explain(snapshot, history, ranking, np.array([1, 0]))
    assert [event.at.timestamp() for event in second.events] == history.timestamps[[4, 2, 0]].tolist()
    assert len(first.events) == 1


def test_a_ranking_without_reasons_gives_empty_ones(snapshot: Snapshot) -> None:
    none = np.empty((2, 0), np.int32)
    ranking = Ranking(np.zeros(2, np.float32), none, none)
    reasons = explain(snapshot, UserHistory.empty(), ranking, np.array([0, 1]))
    assert [(reason.chain, reason.events) for reason in reasons] == [([], []), ([], [])]
