"""The popularity baseline: popular products first, the same for every user."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airloom.causes import Cause
from airloom.ranking.history import UserHistory
from airloom.ranking.ranker import Ranking
from airloom.ranking.snapshot import Snapshot


class PopularityRanker:
    """Ranks by the snapshot's popularity, without reasons."""

    version = "popularity"

    def __init__(self, snapshot: Snapshot) -> None:
        self._popularity = snapshot.objects.popularity

    def rank(
        self,
        *,
        history: UserHistory,  # noqa: ARG002 - the same for everybody
        candidates: NDArray[np.int32],
        now: int,  # noqa: ARG002 - the snapshot's popularity is as of its own moment
    ) -> Ranking:
        """Return the popularity of `candidates` as their scores."""
        popularity = self._popularity[candidates]
        return Ranking.without_intents(popularity, {Cause.POPULARITY: popularity})
