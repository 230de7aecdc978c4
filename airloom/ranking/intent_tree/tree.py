"""The intent tree of one user: the nodes their events point to, weighted by action, confidence and age.

`TreeSettings` is the one place where the decay and the worth of an action are set.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled
from airloom.intents.linking.nodes import NO_NODE
from airloom.logs.contract import ACTIONS
from airloom.ranking.history import UserHistory
from airloom.ranking.lookup import FREE, empty_table, slot_of
from airloom.ranking.snapshot import ObjectPaths
from airloom.timestamps import SECONDS_PER_DAY


@dataclass(frozen=True)
class TreeSettings:
    """How much an event counts.

    Attributes:
        view: Weight of a view; the other actions likewise.
        like: Weight of a like.
        click: Weight of a product click.
        cart: Weight of a cart.
        order: Weight of an order.
        half_life_days: After how many days an event counts half.
    """

    view: float = 0.5
    like: float = 1.0
    click: float = 0.5
    cart: float = 1.0
    order: float = 1.0
    half_life_days: float = 4.0

    def event_weights(self, history: UserHistory, now: int) -> NDArray[np.float32]:
        """What each event counts at `now`, float32 [E]: alpha[action] * exp(-lambda * age)."""
        alphas = np.array([getattr(self, action) for action in ACTIONS], np.float32)
        ages = (now - history.timestamps) / SECONDS_PER_DAY
        decay = np.exp(-log(2) / self.half_life_days * ages)
        return (alphas[history.actions] * decay).astype(np.float32)


class IntentTree(NamedTuple):
    """The weighted merge of the intent paths behind a user's events.

    Attributes:
        nodes: int32 [N], ids of the nodes, ascending.
        weights: float32 [N], the sum of what every event adds to the node.
        support: float32 [N, E], what each event adds to each node.
    """

    nodes: NDArray[np.int32]
    weights: NDArray[np.float32]
    support: NDArray[np.float32]

    def supporters(self, row: int, *, limit: int) -> list[int]:
        """Positions in the history of the events behind the node in `row`, strongest first."""
        order = np.argsort(-self.support[row], kind="stable")[:limit]
        return [int(event) for event in order if self.support[row, event] > 0]


def grow_tree(paths: ObjectPaths, history: UserHistory, event_weights: NDArray[np.float32]) -> IntentTree:
    """Merge the paths of all events into one tree.

    w(n) is the sum, over the paths through n of every event, of event weight * confidence (our reading of
    AIR, Jiang et al. 2026). It costs O(paths * depth), whatever the size of the vocabulary.

    Args:
        paths: The intent paths of every object.
        history: The user's events.
        event_weights: float32 [E], see `TreeSettings.event_weights`.
    """
    nodes, support = _merged(*paths, history.objects, event_weights)
    return IntentTree(nodes, support.sum(axis=1), support)


@compiled
def _merged(
    offsets: NDArray[np.int64],
    walks: NDArray[np.int32],
    confidences: NDArray[np.float32],
    objects: NDArray[np.int32],
    event_weights: NDArray[np.float32],
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The nodes on the paths of all events, ascending, and what each event adds to each, float32 [N, E]."""
    steps = 0
    for each in objects:
        steps += (offsets[each + 1] - offsets[each]) * walks.shape[1]
    keys, places = empty_table(steps)
    nodes = _touched(offsets, walks, objects, keys)
    for place in range(len(nodes)):
        places[slot_of(keys, nodes[place])] = place
    support = np.zeros((len(nodes), len(objects)), np.float32)
    for event in range(len(objects)):
        for row in range(offsets[objects[event]], offsets[objects[event] + 1]):
            worth = confidences[row] * event_weights[event]
            for node in walks[row]:
                if node != NO_NODE:
                    support[places[slot_of(keys, node)], event] += worth
    return nodes, support


@compiled
def _touched(
    offsets: NDArray[np.int64],
    walks: NDArray[np.int32],
    objects: NDArray[np.int32],
    keys: NDArray[np.int64],
) -> NDArray[np.int32]:
    """The different nodes on the paths of `objects`, ascending; they are put into the table `keys`."""
    count = 0
    for each in objects:
        for row in range(offsets[each], offsets[each + 1]):
            for node in walks[row]:
                slot = slot_of(keys, node)
                if node != NO_NODE and keys[slot] != node:
                    keys[slot] = node
                    count += 1
    nodes = np.empty(count, np.int32)
    place = 0
    for key in keys:
        if key != FREE:
            nodes[place] = key
            place += 1
    return np.sort(nodes)
