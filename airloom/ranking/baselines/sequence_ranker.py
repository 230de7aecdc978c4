"""Only the sequence encoder: SASRec (Kang and McAuley, ICDM 2018) trained with a sampled softmax.

With `use_texts` and `use_intents` off it is SASRec proper; with `use_texts` on it reads frozen titles too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airloom.causes import Cause
from airloom.ranking.encoder.encoder import SequenceEncoder
from airloom.ranking.history import UserHistory
from airloom.ranking.ranker import Ranking


class SequenceRanker:
    """Ranks by the encoder's scores, without reasons; without a history these are its biases."""

    version = "sequence"

    def __init__(self, encoder: SequenceEncoder) -> None:
        self._encoder = encoder

    def rank(self, *, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Ranking:
        """Return scores of `candidates` for a user with `history` at `now`."""
        scores = self._encoder.score(self._encoder.state(history.before(now)), candidates)
        return Ranking.without_intents(scores, {Cause.SEQUENCE: scores - scores.mean()})
