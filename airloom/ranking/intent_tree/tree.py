"""The intent tree of one user: the nodes their events point to, weighted by action, confidence and age.

How much an event weighs is `airloom.ranking.event_weights`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled
from airloom.intents.linking.nodes import NO_NODE
from airloom.ranking.hash_table import EMPTY, find_slot, new_table
from airloom.ranking.history import UserHistory
from airloom.ranking.snapshot import ObjectPaths


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
        """Return the indices of the events that support the node in `row`, strongest first."""
        order = np.argsort(-self.support[row], kind="stable")[:limit]
        return [int(event) for event in order if self.support[row, event] > 0]


def build_intent_tree(
    paths: ObjectPaths, history: UserHistory, event_weights: NDArray[np.float32]
) -> IntentTree:
    """Merge the intent paths of all events into one tree.

    w(n) is the sum, over the paths through n of every event, of event weight * confidence (our reading of
    AIR, Jiang et al. 2026). It costs O(paths * depth), whatever the size of the vocabulary.

    Args:
        paths: The intent paths of every object.
        history: The user's events.
        event_weights: float32 [E], see `EventWeightSettings.event_weights`.

    Examples:
        Object 0 points to node 1 below node 0, with a confidence of 0.5; one event on it weighs 1:

        >>> nodes, confidences = np.array([[0, 1, -1]], np.int32), np.array([0.5], np.float32)
        >>> paths = ObjectPaths(np.array([0, 1]), nodes, confidences)
        >>> history = UserHistory(np.array([0], np.int32), np.array([0], np.int8), np.array([0]))
        >>> build_intent_tree(paths, history, np.ones(1, np.float32)).weights.tolist()
        [0.5, 0.5]
    """
    nodes, support = _merged(*paths, history.objects, event_weights)
    return IntentTree(nodes, support.sum(axis=1), support)


@compiled
def _merged(
    offsets: NDArray[np.int64],
    path_nodes: NDArray[np.int32],
    confidences: NDArray[np.float32],
    objects: NDArray[np.int32],
    event_weights: NDArray[np.float32],
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the nodes on the paths of all events, ascending, and each event's part, float32 [N, E]."""
    max_nodes = 0
    for item in objects:
        max_nodes += (offsets[item + 1] - offsets[item]) * path_nodes.shape[1]
    keys, rows = new_table(max_nodes)
    nodes = _distinct_nodes(offsets, path_nodes, objects, keys)
    for row in range(len(nodes)):
        rows[find_slot(keys, nodes[row])] = row
    support = np.zeros((len(nodes), len(objects)), np.float32)
    for event in range(len(objects)):
        for path in range(offsets[objects[event]], offsets[objects[event] + 1]):
            contribution = confidences[path] * event_weights[event]
            for node in path_nodes[path]:
                if node != NO_NODE:
                    support[rows[find_slot(keys, node)], event] += contribution
    return nodes, support


@compiled
def _distinct_nodes(
    offsets: NDArray[np.int64],
    path_nodes: NDArray[np.int32],
    objects: NDArray[np.int32],
    keys: NDArray[np.int64],
) -> NDArray[np.int32]:
    """Return the distinct nodes on the paths of `objects`, ascending, and insert them into table `keys`."""
    count = 0
    for item in objects:
        for path in range(offsets[item], offsets[item + 1]):
            for node in path_nodes[path]:
                slot = find_slot(keys, node)
                if node != NO_NODE and keys[slot] != node:
                    keys[slot] = node
                    count += 1
    nodes = np.empty(count, np.int32)
    row = 0
    for key in keys:
        if key != EMPTY:
            nodes[row] = key
            row += 1
    return np.sort(nodes)
