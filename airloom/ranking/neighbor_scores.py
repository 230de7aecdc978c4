"""Item-CF scores: what each event of a user adds to each candidate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled
from airloom.ranking.hash_table import EMPTY, find_slot, new_table
from airloom.ranking.snapshot import Neighbors


def neighbor_scores(
    neighbors: Neighbors,
    objects: NDArray[np.int32],
    event_weights: NDArray[np.float32],
    candidates: NDArray[np.int32],
) -> NDArray[np.float32]:
    """Return what each event adds to each candidate, float32 [C, E]: event weight * neighbor weight.

    Args:
        neighbors: The item-to-item table.
        objects: int32 [E], what the user's events were about.
        event_weights: float32 [E].
        candidates: int32 [C].
    """
    return _scores(*neighbors, objects, event_weights, candidates)


@compiled
def candidate_table(
    candidates: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return a hash table from an object to its row among the candidates, and the row of each candidate, [C].

    A candidate that is given twice has the row of its first occurrence.
    """
    keys, rows = new_table(len(candidates))
    first_rows = np.empty(len(candidates), np.int64)
    for candidate in range(len(candidates)):
        slot = find_slot(keys, candidates[candidate])
        if keys[slot] == EMPTY:
            keys[slot], rows[slot] = candidates[candidate], candidate
        first_rows[candidate] = rows[slot]
    return keys, rows, first_rows


@compiled
def _scores(
    offsets: NDArray[np.int64],
    targets: NDArray[np.int32],
    weights: NDArray[np.float32],
    objects: NDArray[np.int32],
    event_weights: NDArray[np.float32],
    candidates: NDArray[np.int32],
) -> NDArray[np.float32]:
    """Look up every neighbor of every event among the candidates, in a table that fits the cache."""
    keys, rows, first_rows = candidate_table(candidates)
    out = np.zeros((len(candidates), len(objects)), np.float32)
    for event in range(len(objects)):
        for neighbor in range(offsets[objects[event]], offsets[objects[event] + 1]):
            slot = find_slot(keys, targets[neighbor])
            if keys[slot] != EMPTY:
                out[rows[slot], event] += event_weights[event] * weights[neighbor]
    for candidate in range(len(candidates)):
        if first_rows[candidate] != candidate:
            out[candidate] = out[first_rows[candidate]]
    return out
