"""Item-to-item collaborative filtering (item-CF): products bought together with what the user touched."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airloom.causes import Cause
from airloom.ranking.baselines.percentile_rank import percentile_rank
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.history import UserHistory
from airloom.ranking.neighbor_scores import neighbor_scores
from airloom.ranking.ranker import Ranking
from airloom.ranking.snapshot import Snapshot

EVIDENCE = 5


class ItemCfRanker:
    """Ranks by the decayed sum of neighbor weights over the history, and among equals by popularity.

    A score is the candidate's percentile rank: 1 for the first, 0 for the last.
    """

    version = "item-cf"

    def __init__(self, snapshot: Snapshot, weights: EventWeightSettings | None = None) -> None:
        self._neighbors = snapshot.neighbors
        self._weights = weights or EventWeightSettings()
        self._popularity = snapshot.objects.popularity

    def rank(self, *, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Ranking:
        """Return scores of `candidates` for a user with `history` at `now`."""
        past = history.before(now)
        # decay counts from the newest event: the order is the same, and old histories do not fade to zero
        weights = self._weights.event_weights(past, int(past.timestamps[-1]) if past else now)
        scores = neighbor_scores(self._neighbors, past.objects, weights, candidates)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :EVIDENCE]
        supports = np.take_along_axis(scores, order, axis=1) > 0
        sums, popularity = scores.sum(axis=1), self._popularity[candidates]
        return Ranking.without_intents(
            percentile_rank(sums, popularity),
            {Cause.BOUGHT_TOGETHER: sums, Cause.POPULARITY: np.where(sums > 0, 0.0, popularity)},
            np.where(supports, order, -1),
        )
