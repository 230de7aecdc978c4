from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.history import UserHistory
from airloom.ranking.ranker import Ranking


class FixedScores:
    """Scores every object the same for everybody."""

    version = "fixed"

    def __init__(self, scores: NDArray[np.float32]) -> None:
        self.scores = scores

    def rank(
        self,
        *,
        history: UserHistory,  # noqa: ARG002 - the same for everybody
        candidates: NDArray[np.int32],
        now: int,  # noqa: ARG002 - and at any time
    ) -> Ranking:
        return Ranking.without_intents(self.scores[candidates], {})
