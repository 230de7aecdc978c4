"""The fallback chain: the variant's ranker, popularity in the user's categories, popularity, input order."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.causes import Cause
from airloom.logs.degradation import FallbackLevel
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.history import UserHistory
from airloom.ranking.ranker import Ranker, Ranking
from airloom.ranking.snapshot import Snapshot

logger = logging.getLogger("airloom.service")

OUTSIDE_SHARE: Final = 1e-3
"""The weight of popularity outside the user's categories, as a share of their strongest category."""


class Ordering(NamedTuple):
    """Scores, and the fallback level that gave them.

    Attributes:
        ranking: Scores of all candidates, all of them finite.
        fallback_level: The level that gave them.
        model_version: The ranker's version, or the level's name.
        failed: The levels above it that failed.
    """

    ranking: Ranking
    fallback_level: FallbackLevel
    model_version: str
    failed: list[str]


class FallbackChain:
    """Orders candidates of one snapshot by the best level that works.

    Args:
        snapshot: What is ranked.
        candidates: Weighs the categories that a user's events point to.
    """

    def __init__(self, snapshot: Snapshot, candidates: Candidates) -> None:
        self._leaves = snapshot.objects.leaves
        self._popularity = snapshot.objects.popularity
        self._candidates = candidates

    def order(
        self, ranker: Ranker, *, history: UserHistory, candidates: NDArray[np.int32], now: int
    ) -> Ordering:
        """Return finite scores of all candidates; users without a history start at popularity."""
        levels: list[tuple[FallbackLevel, str, Callable[[], Ranking]]] = []
        if history:
            levels += [
                (
                    FallbackLevel.RANKER,
                    ranker.version,
                    lambda: ranker.rank(history=history, candidates=candidates, now=now),
                ),
                (
                    FallbackLevel.CATEGORY_POPULARITY,
                    FallbackLevel.CATEGORY_POPULARITY,
                    lambda: self._category_popularity(history, candidates, now),
                ),
            ]
        popularity = FallbackLevel.POPULARITY
        levels.append((popularity, popularity, lambda: self._ranked_by_popularity(candidates)))
        failed: list[str] = []
        for level, version, rank in levels:
            try:
                ranking = rank()
                if ranking.scores.shape == candidates.shape and np.isfinite(ranking.scores).all():
                    return Ordering(ranking, level, version, failed)
                logger.error("%s %s gave scores that are not finite numbers", level, version)
            except Exception:  # whatever it is, the next level answers
                logger.exception("%s %s failed", level, version)
            failed.append(level)
        input_order = -np.arange(len(candidates), dtype=np.float32)
        level = FallbackLevel.INPUT_ORDER
        return Ordering(Ranking.without_intents(input_order, {}), level, level, failed)

    def _ranked_by_popularity(self, candidates: NDArray[np.int32]) -> Ranking:
        popularity = self._popularity[candidates]
        return Ranking.without_intents(popularity, {Cause.POPULARITY: popularity})

    def _category_popularity(self, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Ranking:
        """Return popularity, weighted by how strongly the user's events point to the product's category."""
        interest = self._candidates.category_weights(history, now)
        leaves = self._leaves[candidates]
        of_candidates = np.where(leaves >= 0, interest[leaves], 0.0)
        floor = OUTSIDE_SHARE * interest.max(initial=0.0) or 1.0
        scores = (of_candidates + floor) * self._popularity[candidates]
        return Ranking.without_intents(scores, {Cause.POPULARITY: scores})
