"""Item-to-item collaborative filtering: products that go with what the user did lately."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.baselines.places import places
from airloom.ranking.gather import gather
from airloom.ranking.history import UserHistory
from airloom.ranking.intent_tree.tree import TreeSettings
from airloom.ranking.ranker import Ranking
from airloom.ranking.snapshot import Neighbours, Snapshot

EVIDENCE = 5


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
    places = np.zeros(len(neighbours.offsets) - 1, np.int32)  # zero pages cost nothing until touched
    places[candidates] = np.arange(1, len(candidates) + 1)
    found = places[neighbours.objects[rows]]
    hit = np.flatnonzero(found)
    cells = (found[hit] - 1) * len(objects) + owners[hit]
    worth = neighbours.weights[rows[hit]] * event_weights[owners[hit]]
    scores = np.bincount(cells, worth, minlength=len(candidates) * len(objects))
    # a candidate named twice was counted at its last place only
    return scores.reshape(len(candidates), len(objects)).astype(np.float32)[places[candidates] - 1]


class ItemCfRanker:
    """Ranks by the decayed sum of neighbour weights over the history, and among equals by popularity.

    A score is the share of the different places below a candidate's: 1 for the first, 0 for the last.
    """

    version = "item-cf"

    def __init__(self, snapshot: Snapshot, weights: TreeSettings | None = None) -> None:
        self._neighbours = Neighbours._make(map(np.asarray, snapshot.neighbours))
        self._weights = weights or TreeSettings()
        self._popularity = np.asarray(snapshot.objects.popularity)

    def rank(self, *, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Ranking:
        """Score `candidates` for a user with `history` at `now`."""
        past = history.before(now)
        # decay counts from the newest event: the order is the same, and old histories do not fade to zero
        weights = self._weights.event_weights(past, int(past.timestamps[-1]) if past else now)
        added = neighbour_scores(self._neighbours, past.objects, weights, candidates)
        order = np.argsort(-added, axis=1, kind="stable")[:, :EVIDENCE]
        behind = np.take_along_axis(added, order, axis=1) > 0
        return Ranking(
            places(added.sum(axis=1), self._popularity[candidates]),
            np.empty((len(candidates), 0), np.int32),
            np.where(behind, order, -1).astype(np.int32),
        )
