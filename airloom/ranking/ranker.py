"""The interface of every ranker: AIR, item-CF, popularity and other baselines."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.history import UserHistory


class Ranking(NamedTuple):
    """Scores of candidates, and the reasons for each score.

    Attributes:
        scores: float32 [C], higher is better.
        nodes: int32 [C, K], ids of the nodes retrieved for a candidate, strongest first, padded with -1.
        evidence: int32 [C, M], indices of the supporting events in the history, likewise.
    """

    scores: NDArray[np.float32]
    nodes: NDArray[np.int32]
    evidence: NDArray[np.int32]


class Ranker(Protocol):
    """Scores candidates for one user at one moment."""

    @property
    def version(self) -> str:
        """The `model_version` that an exposure records."""
        ...

    def rank(self, *, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Ranking:
        """Return scores of `candidates` (rows of the snapshot) for `history` at `now` (seconds UTC)."""
        ...
