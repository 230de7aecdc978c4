"""Content-based recommendation: products whose titles are similar to those of the user's newest events."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.causes import Cause
from airloom.ranking.baselines.percentile_rank import percentile_rank
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
        """Return scores of `candidates` for a user with `history` at `now`."""
        past = history.before(now)
        steps = np.arange(len(past.objects))[::-1]
        weights = np.exp2(-steps / HALF_LIFE_STEPS).astype(np.float32)
        scores = (self._embeddings[candidates] @ self._embeddings[past.objects].T) * weights
        order = np.argsort(-scores, axis=1, kind="stable")[:, :EVIDENCE]
        supports = np.take_along_axis(scores, order, axis=1) > 0
        sums = scores.sum(axis=1)
        return Ranking.without_intents(
            percentile_rank(sums, self._popularity[candidates]),
            {Cause.TITLE: sums},
            np.where(supports, order, -1),
        )
