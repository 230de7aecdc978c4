"""What a reply of a language model is worth: six parts of a reward, each between -1 and 1, and their weights.

The first four are ReRec's (arXiv 2604.07851, section 3 and its public code), with three differences: products
are rows of the catalogue and no titles, the order of an answer counts, and the query alignment looks at the
conditions of the request instead of those that the right product happens to have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.evaluation.metrics import ndcg
from airloom.assistant.rft.settings import RewardSettings

BAD_REPLY: Final = -0.5
"""Of format and ranking, for a reply that is no reading."""
GOOD_FORMAT: Final = 0.5


class Judged(NamedTuple):
    """A reply, the answer that follows from it, and what is known about the request.

    Attributes:
        is_reading: Whether the reply has the form of a reading.
        rows: Products of the answer, the best first; empty if the reply is no reading.
        satisfying: int32 [n], rows that answer the request, ascending.
        stated: bool [rows, conditions], whether a product of the answer meets a condition of the request;
            no column where its conditions are not known.
        named: Things that the reply names: values and titles.
        known: Those of them that the catalogue has.
        tokens: Of the reply.
    """

    is_reading: bool
    rows: Sequence[int]
    satisfying: NDArray[np.int32]
    stated: NDArray[np.bool_]
    named: int
    known: int
    tokens: int

    @property
    def is_right(self) -> bool:
        """Whether the first product answers the request."""
        return len(self.rows) > 0 and self.rows[0] in self.satisfying


class Reward(NamedTuple):
    """The parts of a reward, without weights."""

    format: float
    ranking: float
    query_alignment: float
    preference_alignment: float
    in_catalogue: float
    length: float

    def total(self, settings: RewardSettings) -> float:
        """Return the weighted sum."""
        return float(sum(part * getattr(settings, name) for name, part in self._asdict().items()))


def reward(judged: Judged, vectors: NDArray[np.float32], settings: RewardSettings) -> Reward:
    """Return the parts of the reward of a reply.

    Args:
        judged: The reply and its answer.
        vectors: float32 [O, D], unit-length vectors of the catalogue's items, the ranker's or the graph's.
        settings: How many products and tokens count.
    """
    return Reward(
        format=GOOD_FORMAT if judged.is_reading else BAD_REPLY,
        ranking=ranking(judged, k=settings.ranking_k),
        query_alignment=query_alignment(judged),
        preference_alignment=preference_alignment(judged, vectors),
        in_catalogue=in_catalogue(judged),
        length=length(judged, max_tokens=settings.max_tokens),
    )


def ranking(judged: Judged, *, k: int) -> float:
    """Return NDCG@k of the answer; `BAD_REPLY` for a reply that is no reading."""
    return ndcg(judged.rows, judged.satisfying, k=k) if judged.is_reading else BAD_REPLY


def query_alignment(judged: Judged) -> float:
    """Return the share of the request's conditions that the first product meets; 0 if none is known."""
    return float(judged.stated[0].mean()) if judged.stated.size else 0.0


def preference_alignment(judged: Judged, vectors: NDArray[np.float32]) -> float:
    """Return the cosine of the first product and the mean of those that answer; 0 without a product."""
    if not len(judged.rows):
        return 0.0
    wanted = vectors[judged.satisfying].mean(axis=0)
    size = float(np.linalg.norm(wanted))
    return float(vectors[judged.rows[0]] @ wanted) / size if size else 0.0


def in_catalogue(judged: Judged) -> float:
    """Return the share of what the reply names that the catalogue has; 0 if it names nothing."""
    return judged.known / judged.named if judged.named else 0.0


def length(judged: Judged, *, max_tokens: int) -> float:
    """Return 0 up to `max_tokens`, then falling to -1 at twice as many (DAPO, arXiv 2503.14476, 3.4)."""
    return -min(max(judged.tokens - max_tokens, 0) / max_tokens, 1.0)
