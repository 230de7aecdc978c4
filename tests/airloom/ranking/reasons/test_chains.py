from __future__ import annotations

import numpy as np
import pytest

from airloom.intents.linking.nodes import CATEGORY, NEED, NO_NODE, Nodes
from airloom.ranking.reasons.chains import chains_of
from airloom.ranking.snapshot import ObjectPaths, Snapshot
from tests.model_service.shop import make_snapshot

SPORT, CYCLING, PUMPS, YOGA, HOME, COMPOST, COMPOSTING, COMMUTING, SWEAT = range(9)
NODES = Nodes(
    ["sport", "cycling", "pumps", "yoga", "home", "compost bins", "composting", "commuting", "sweat"],
    np.array([-1, 0, 1, 0, -1, 4, -1, -1, 0], np.int32),
    np.array([0, 1, 2, 1, 0, 1, 0, 0, 1], np.int8),
    np.array([*[CATEGORY] * 6, NEED, NEED, NEED], np.int8),
    np.eye(9, 16, dtype=np.float32),
)
PUMP = 0
"""The product: its leaf is `PUMPS`."""
ALL_RETRIEVED = list(range(9))


def chain_and_events(
    paths: list[list[list[int]]], *, retrieved: list[int] = ALL_RETRIEVED, evidence: list[int] | None = None
) -> tuple[list[str], list[int]]:
    """The chain of the pump for events on objects with these paths, and the events behind it.

    Args:
        paths: Of each object, strongest first; event i is about object i.
        retrieved: Nodes that the ranker read, strongest first.
        evidence: Events that it read, strongest first; all in their order by default.
    """
    rows = [path for of_object in paths for path in of_object]
    matrix = np.full((len(rows), 5), NO_NODE, np.int32)
    for row, path in enumerate(rows):
        matrix[row, : len(path)] = path
    offsets = np.concatenate([[0], np.cumsum([len(of_object) for of_object in paths])])
    shop = make_snapshot()
    leaves = np.full_like(shop.objects.leaves, NO_NODE)
    leaves[PUMP] = PUMPS
    snapshot = Snapshot(
        NODES,
        shop.objects._replace(leaves=leaves),
        shop.texts,
        ObjectPaths(offsets, matrix, np.ones(len(rows), np.float32)),
        shop.neighbors,
        shop.before,
        {},
    )
    chains = chains_of(
        snapshot,
        np.arange(len(paths), dtype=np.int32),
        products=np.array([PUMP], np.int32),
        retrieved=np.array([retrieved], np.int32),
        evidence=np.array([list(range(len(paths))) if evidence is None else evidence], np.int32),
    )
    labels = [NODES.labels[node] for node in chains.nodes[0] if node != NO_NODE]
    return labels, [int(event) for event in chains.events[0] if event >= 0]


def test_the_strongest_need_is_not_joined_to_the_strongest_category_of_another_path() -> None:
    """The wrong "composting -> sport" of a CO2 inflator."""
    events = [[[COMPOSTING, HOME, COMPOST]], [[SPORT, CYCLING, PUMPS]]]
    assert chain_and_events(events, retrieved=[COMPOSTING, PUMPS, CYCLING, SPORT]) == (
        ["sport", "cycling", "pumps"],
        [1],
    )


def test_a_need_on_the_whole_path_is_shown() -> None:
    assert chain_and_events([[[COMMUTING, SPORT, CYCLING, PUMPS]]]) == (
        ["commuting", "sport", "cycling", "pumps"],
        [0],
    )


def test_a_need_between_categories_stays_where_the_path_has_it() -> None:
    assert chain_and_events([[[SPORT, SWEAT, CYCLING, PUMPS]]])[0] == ["sport", "sweat", "cycling", "pumps"]


@pytest.mark.parametrize("path", [[COMMUTING, SPORT, YOGA], [SPORT, SWEAT, YOGA]])
def test_where_the_path_goes_on_to_something_else_only_the_category_speaks(path: list[int]) -> None:
    assert chain_and_events([[path]]) == (["sport"], [0])


def test_a_path_that_ends_above_the_leaf_leads_to_the_product() -> None:
    assert chain_and_events([[[COMMUTING, SPORT, CYCLING]]])[0] == ["commuting", "sport", "cycling"]


def test_an_event_whose_path_goes_on_is_not_behind_a_chain_with_its_need() -> None:
    ends, goes_on = [[COMMUTING, SPORT, CYCLING]], [[COMMUTING, SPORT, CYCLING, PUMPS]]
    assert chain_and_events([ends, goes_on], retrieved=[COMMUTING, SPORT, CYCLING]) == (
        ["commuting", "sport", "cycling"],
        [0],
    )


def test_what_is_only_similar_is_no_chain() -> None:
    assert chain_and_events([[[COMPOSTING, HOME, COMPOST]]]) == ([], [])


def test_a_category_that_the_ranker_did_not_read_does_not_speak() -> None:
    path = [COMMUTING, SPORT, CYCLING, PUMPS]
    assert chain_and_events([[path]], retrieved=[CYCLING, COMMUTING])[0] == ["sport", "cycling"]
    assert chain_and_events([[path]], retrieved=[COMMUTING, -1]) == ([], [])


def test_an_event_that_the_ranker_did_not_read_does_not_speak() -> None:
    path = [COMMUTING, SPORT, CYCLING, PUMPS]
    assert chain_and_events([[path], [path]], evidence=[1, -1])[1] == [1]
    assert chain_and_events([[path]], evidence=[-1]) == ([], [])


def test_the_finest_category_wins_then_the_need_retrieved_first_then_the_strongest_event() -> None:
    coarse, fine = [[COMMUTING, SPORT]], [[SPORT, CYCLING, PUMPS]]
    assert chain_and_events([coarse, fine])[0] == ["sport", "cycling", "pumps"]
    needs = [[[COMMUTING, SPORT, CYCLING, PUMPS], [COMPOSTING, SPORT, CYCLING, PUMPS]]]
    assert chain_and_events(needs, retrieved=[COMPOSTING, COMMUTING, PUMPS])[0][0] == "composting"
    assert chain_and_events(needs, retrieved=[COMMUTING, COMPOSTING, PUMPS])[0][0] == "commuting"
    events = [[[COMMUTING, SPORT, CYCLING, PUMPS]], fine]
    assert chain_and_events(events, retrieved=[PUMPS], evidence=[0, 1])[0][0] == "commuting"
    assert chain_and_events(events, retrieved=[PUMPS], evidence=[1, 0])[0][0] == "sport"


def test_at_most_three_events_of_the_evidence_with_this_very_chain_are_shown_strongest_first() -> None:
    with_need, without = [[COMMUTING, SPORT, CYCLING, PUMPS]], [[SPORT, CYCLING, PUMPS]]
    assert chain_and_events([without, with_need, with_need])[1] == [1, 2]
    behind = chain_and_events([without] * 5, evidence=[4, 2, 0, 1, 3])
    assert behind == (["sport", "cycling", "pumps"], [4, 2, 0])


def test_an_event_whose_path_has_a_need_stands_behind_its_categories_too() -> None:
    paths = [
        [[SPORT, CYCLING, PUMPS]],
        [[SPORT, SWEAT, CYCLING, PUMPS]],
        [[COMMUTING, SPORT, CYCLING, PUMPS]],
    ]
    assert chain_and_events(paths, retrieved=[PUMPS]) == (["sport", "cycling", "pumps"], [0, 1, 2])
