"""How well candidates go with what a user did: the sums behind item-CF, and a feature of every ranker."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.gather import gather
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
    rows, owners = gather(neighbours.offsets, objects)
    columns = np.zeros(len(neighbours.offsets) - 1, np.int32)  # zero pages cost nothing until touched
    columns[candidates] = np.arange(1, len(candidates) + 1)
    found = columns[neighbours.objects[rows]]
    hit = np.flatnonzero(found)
    cells = (found[hit] - 1) * len(objects) + owners[hit]
    worth = neighbours.weights[rows[hit]] * event_weights[owners[hit]]
    scores = np.bincount(cells, worth, minlength=len(candidates) * len(objects))
    # a candidate named twice was counted where it is named last
    return scores.reshape(len(candidates), len(objects)).astype(np.float32)[columns[candidates] - 1]
