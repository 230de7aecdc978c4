"""The interface of every ranker: AIR, item-CF, popularity and other baselines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from airloom.causes import SIGNALS, Cause
from airloom.ranking.history import UserHistory

Contributions: TypeAlias = Callable[[NDArray[np.intp]], NDArray[np.float32]]
"""Returns what each of `SIGNALS` adds to the scores of some candidates, given their rows in the ranking,
float32 [n, len(SIGNALS)]; only for those that are shown, because it costs more than the score."""


class Ranking(NamedTuple):
    """Scores of candidates, and the reasons for each score.

    Attributes:
        scores: float32 [C], higher is better.
        nodes: int32 [C, K], ids of the nodes retrieved for a candidate, strongest first, padded with -1.
        evidence: int32 [C, M], indices of the supporting events in the history, likewise.
        contributions: What each signal adds to a score.
    """

    scores: NDArray[np.float32]
    nodes: NDArray[np.int32]
    evidence: NDArray[np.int32]
    contributions: Contributions

    @classmethod
    def without_intents(
        cls,
        scores: NDArray[np.floating],
        signals: Mapping[Cause, NDArray[np.floating]],
        evidence: NDArray[np.integer] | None = None,
    ) -> Ranking:
        """Return the ranking of a ranker that retrieves no nodes.

        Args:
            scores: [C].
            signals: What it reads of each candidate, [C]; 0 or less where a signal says nothing for it.
            evidence: [C, M], see `Ranking`; none by default.
        """
        none = np.empty((len(scores), 0), np.int32)

        def contributions(rows: NDArray[np.intp]) -> NDArray[np.float32]:
            added = np.zeros((len(rows), len(SIGNALS)), np.float32)
            for signal, values in signals.items():
                added[:, SIGNALS.index(signal)] = values[rows]
            return added

        events = none if evidence is None else evidence.astype(np.int32)
        return cls(scores.astype(np.float32), none, events, contributions)


class Ranker(Protocol):
    """Scores candidates for one user at one moment."""

    @property
    def version(self) -> str:
        """The `model_version` that an exposure records."""
        ...

    def rank(self, *, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Ranking:
        """Return scores of `candidates` (rows of the snapshot) for `history` at `now` (seconds UTC)."""
        ...
