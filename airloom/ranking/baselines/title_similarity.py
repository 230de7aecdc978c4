"""Products whose titles resemble what the user did lately: what text alone can do."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.baselines.places import places
from airloom.ranking.history import UserHistory
from airloom.ranking.ranker import Ranking
from airloom.ranking.snapshot import Snapshot

EVIDENCE: Final = 5
HALF_LIFE_STEPS: Final = 1.0
"""After how many events one counts half; the best of 1 to 20 on held-out rows of Food-Kitchen."""


class TitleSimilarityRanker:
    """Ranks by the cosine of a title with the recency-weighted mean of the history's, then by popularity."""

    version = "title-similarity"

    def __init__(self, snapshot: Snapshot) -> None:
        self._embeddings = snapshot.objects.embeddings
        self._popularity = snapshot.objects.popularity

    def rank(self, *, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Ranking:
        """Score `candidates` for a user with `history` at `now`."""
        past = history.before(now)
        steps = np.arange(len(past.objects))[::-1]
        weights = np.exp2(-steps / HALF_LIFE_STEPS).astype(np.float32)
        similar = (self._embeddings[candidates] @ self._embeddings[past.objects].T) * weights
        order = np.argsort(-similar, axis=1, kind="stable")[:, :EVIDENCE]
        behind = np.take_along_axis(similar, order, axis=1) > 0
        return Ranking(
            places(similar.sum(axis=1), self._popularity[candidates]),
            np.empty((len(candidates), 0), np.int32),
            np.where(behind, order, -1).astype(np.int32),
        )
