"""How well candidates go with what a user did: the sums behind item-CF."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled
from airloom.ranking.lookup import FREE, empty_table, slot_of
from airloom.ranking.snapshot import Neighbours


def neighbour_scores(
    neighbours: Neighbours,
    objects: NDArray[np.int32],
    event_weights: NDArray[np.float32],
    candidates: NDArray[np.int32],
) -> NDArray[np.float32]:
    """What each event adds to each candidate, float32 [C, E]: event weight * neighbour weight.

    Args:
        neighbours: The item-to-item table.
        objects: int32 [E], what the user's events were about.
        event_weights: float32 [E].
        candidates: int32 [C].
    """
    return _added(*neighbours, objects, event_weights, candidates)


@compiled
def table_of(
    candidates: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """A table from objects to places among the candidates, and for each of them where it comes first, [C].

    Who is named twice is counted where they come first.
    """
    keys, places = empty_table(len(candidates))
    own = np.empty(len(candidates), np.int64)
    for candidate in range(len(candidates)):
        slot = slot_of(keys, candidates[candidate])
        if keys[slot] == FREE:
            keys[slot], places[slot] = candidates[candidate], candidate
        own[candidate] = places[slot]
    return keys, places, own


@compiled
def _added(
    offsets: NDArray[np.int64],
    targets: NDArray[np.int32],
    weights: NDArray[np.float32],
    objects: NDArray[np.int32],
    event_weights: NDArray[np.float32],
    candidates: NDArray[np.int32],
) -> NDArray[np.float32]:
    """Every neighbour of every event is looked up among the candidates, in a table that fits the cache."""
    keys, places, own = table_of(candidates)
    out = np.zeros((len(candidates), len(objects)), np.float32)
    for event in range(len(objects)):
        for row in range(offsets[objects[event]], offsets[objects[event] + 1]):
            slot = slot_of(keys, targets[row])
            if keys[slot] != FREE:
                out[places[slot], event] += event_weights[event] * weights[row]
    for candidate in range(len(candidates)):
        if own[candidate] != candidate:
            out[candidate] = out[own[candidate]]
    return out
