"""The ladder: the variant's ranker, popularity in the user's categories, popularity, input order."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.logs.degradation import FallbackLevel
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.history import UserHistory
from airloom.ranking.ranker import Ranker, Ranking
from airloom.ranking.snapshot import Snapshot

logger = logging.getLogger("airloom.service")

OUTSIDE_SHARE = 1e-3
"""What popularity counts outside the user's categories, as a share of their strongest category."""


class Ordering(NamedTuple):
    """Scores, and how they came about.

    Attributes:
        ranking: Scores of all candidates, all of them finite.
        rung: The rung that gave them.
        model_version: The ranker's version, or the rung's name.
        failed: The rungs above it that failed.
    """

    ranking: Ranking
    rung: FallbackLevel
    model_version: str
    failed: list[str]


class Ladder:
    """Orders candidates of one snapshot, come what may."""

    def __init__(self, snapshot: Snapshot, candidates: Candidates) -> None:
        self._leaves = snapshot.objects.leaves
        self._popularity = snapshot.objects.popularity
        self._candidates = candidates

    def order(
        self, ranker: Ranker, *, history: UserHistory, candidates: NDArray[np.int32], now: int
    ) -> Ordering:
        """Scores by the best rung that works; a user without a past starts at popularity."""
        steps: list[tuple[FallbackLevel, str, Callable[[], Ranking]]] = []
        if history:
            steps = [
                (
                    FallbackLevel.RANKER,
                    ranker.version,
                    lambda: ranker.rank(history=history, candidates=candidates, now=now),
                ),
                (
                    FallbackLevel.CATEGORY_POPULARITY,
                    FallbackLevel.CATEGORY_POPULARITY,
                    lambda: self._in_categories(history, candidates, now),
                ),
            ]
        steps.append(
            (FallbackLevel.POPULARITY, FallbackLevel.POPULARITY, lambda: _plain(self._popularity[candidates]))
        )
        failed: list[str] = []
        for rung, version, rank in steps:
            try:
                ranking = rank()
                if ranking.scores.shape == candidates.shape and np.isfinite(ranking.scores).all():
                    return Ordering(ranking, rung, version, failed)
                logger.error("%s %s gave scores that are not finite numbers", rung, version)
            except Exception:  # whatever it is, the next rung answers
                logger.exception("%s %s failed", rung, version)
            failed.append(rung)
        falling = -np.arange(len(candidates), dtype=np.float32)
        return Ordering(_plain(falling), FallbackLevel.INPUT_ORDER, FallbackLevel.INPUT_ORDER, failed)

    def _in_categories(self, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Ranking:
        """Popularity, weighted by how strongly the user's events point to the product's category."""
        interest = self._candidates.category_weights(history, now)
        leaves = self._leaves[candidates]
        of_candidates = np.where(leaves >= 0, interest[leaves], 0.0)
        floor = OUTSIDE_SHARE * interest.max(initial=0.0) or 1.0
        return _plain((of_candidates + floor) * self._popularity[candidates])


def _plain(scores: NDArray[np.floating]) -> Ranking:
    """A ranking that gives no reasons."""
    none = np.empty((len(scores), 0), np.int32)
    return Ranking(scores.astype(np.float32), none, none)
