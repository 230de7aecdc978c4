"""A linear item-item model in closed form: EASE (Steck, WWW 2019) over the most frequent objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]  # has no stubs

from airloom.causes import Cause
from airloom.ranking.baselines.percentile_rank import percentile_rank
from airloom.ranking.history import UserHistory
from airloom.ranking.ranker import Ranking
from airloom.ranking.snapshot import Snapshot
from airloom.settings import formerly
from airloom.statistics.sequences import Sequences

EVIDENCE: Final = 5


@dataclass(frozen=True)
class LinearSettings:
    """Size and regularization, the best on held-out rows of Food-Kitchen.

    Attributes:
        max_objects: Objects that have weights, the most frequent; others are ranked by popularity only.
        regularization: Lambda of the ridge regression.
        half_life_steps: After how many events of the history one counts half.
    """

    max_objects: int = field(default=12_000, metadata=formerly("most_objects"))
    regularization: float = field(default=2000.0, metadata=formerly("regularisation"))
    half_life_steps: float = 4.3


class LinearRanker:
    """Ranks by the recency-weighted sum of learnt item-item weights, and among equals by popularity.

    With P = (X'X + lambda I)^-1 for users x objects X of zeros and ones, the weight of object i for object j
    is -P[i, j] / P[j, j], and 0 for itself.

    Args:
        rows: int32 [O], row of each object in `weights`, -1 for none.
        weights: float32 [n, n].
        popularity: float32 [O].
        half_life_steps: See `LinearSettings`.
    """

    version = "linear"

    def __init__(
        self,
        rows: NDArray[np.int32],
        weights: NDArray[np.float32],
        popularity: NDArray[np.float32],
        half_life_steps: float,
    ) -> None:
        self._rows, self._weights, self._popularity = rows, weights, popularity
        self._half_life_steps = half_life_steps

    @classmethod
    def fit(cls, sequences: Sequences, snapshot: Snapshot, settings: LinearSettings) -> LinearRanker:
        """Return a ranker fitted to `sequences`, in about n^3 operations for n objects.

        The weights take 4 n^2 bytes, and while they are computed 8 more for each pair
        that some user has both of.

        Args:
            sequences: Objects as rows of `snapshot`.
            snapshot: Knows popularity.
            settings: Size and regularization.
        """
        count = len(snapshot.objects.ids)
        occurs = np.bincount(sequences.objects, minlength=count)
        frequent = np.argsort(-occurs, kind="stable")[: settings.max_objects]
        frequent = np.sort(frequent[occurs[frequent] > 0])
        rows = np.full(count, -1, np.int32)
        rows[frequent] = np.arange(len(frequent))
        weights = _cooccurrence(sequences.with_rows(rows), len(frequent))
        weights[np.diag_indices(len(frequent))] += settings.regularization
        square = torch.from_numpy(weights)  # the same memory, which X'X, its factor and P fill in turn
        torch.linalg.cholesky(square, out=square)
        torch.cholesky_inverse(square, out=square)
        weights /= -np.diag(weights)
        np.fill_diagonal(weights, 0.0)
        popularity = snapshot.objects.popularity
        return cls(rows, weights, popularity, settings.half_life_steps)

    def rank(self, *, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Ranking:
        """Return scores of `candidates` for a user with `history` at `now`."""
        past = history.before(now)
        decay = np.exp2(-np.arange(len(past.objects))[::-1] / self._half_life_steps)
        sources, targets = self._rows[past.objects], self._rows[candidates]
        known = (targets[:, None] >= 0) & (sources[None, :] >= 0)
        scores = np.where(known, self._weights[sources[None, :], targets[:, None]] * decay, 0.0)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :EVIDENCE]
        supports = np.take_along_axis(scores, order, axis=1) > 0
        sums, popularity = scores.sum(axis=1).astype(np.float32), self._popularity[candidates]
        return Ranking.without_intents(
            percentile_rank(sums, popularity),
            {Cause.BOUGHT_TOGETHER: sums, Cause.POPULARITY: np.where(sums > 0, 0.0, popularity)},
            np.where(supports, order, -1),
        )


def _cooccurrence(sequences: Sequences, count: int) -> NDArray[np.float32]:
    """Return the number of users who have both of two objects, float32 [n, n]: X'X of zeros and ones."""
    users, objects = np.unique(np.stack([sequences.users, sequences.objects]), axis=1)
    matrix = csr_matrix((np.ones(len(users), np.float32), (users, objects)), (users.max() + 1, count))
    return np.asarray((matrix.T @ matrix).todense(), np.float32)
