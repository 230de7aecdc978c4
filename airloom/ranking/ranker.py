"""What every way of ordering products has in common: AIR, item-CF, popularity."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.history import UserHistory


class Ranking(NamedTuple):
    """Scores of candidates, and what stands behind each score.

    Attributes:
        scores: float32 [C], higher is better.
        chains: int32 [C, K], intent nodes that spoke for a candidate, strongest first, padded with -1.
        evidence: int32 [C, M], positions in the history that support it, strongest first, padded with -1.
    """

    scores: NDArray[np.float32]
    chains: NDArray[np.int32]
    evidence: NDArray[np.int32]


class Ranker(Protocol):
    """Scores candidates for one user at one moment."""

    @property
    def version(self) -> str:
        """What an exposure records as `model_version`."""
        ...

    def rank(self, *, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Ranking:
        """Score `candidates` (rows of the snapshot) for a user with `history` at `now` (seconds UTC)."""
        ...
