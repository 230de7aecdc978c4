"""Behaviors that the log does not hold: those of a user, and how candidates attend to them."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

BACKGROUND: Final = 0.01
"""The share of the kernel's sum from which a candidate counts: less is as good as nothing."""


class InferredBehaviors(NamedTuple):
    """Products that a user may want next, as something outside the ranker infers; they are no events.

    No feature, count or intent tree reads them, only `inferred_scores`.

    Attributes:
        products: int32 [I], rows of the snapshot, each once.
        weights: float32 [I], in (0, 1]; only their proportions count.
    """

    products: NDArray[np.int32]
    weights: NDArray[np.float32]

    @classmethod
    def none(cls) -> InferredBehaviors:
        """Return the behaviors of a user for whom nothing is inferred."""
        return cls(np.empty(0, np.int32), np.empty(0, np.float32))

    def __bool__(self) -> bool:
        return len(self.products) > 0


def inferred_scores(
    inferred: InferredBehaviors,
    candidates: NDArray[np.int32],
    similarities: NDArray[np.float32],
    *,
    temperature: float,
) -> NDArray[np.float32]:
    """Return how near each candidate is to the inferred behaviors, float32 [C], 0 or more; 0 without any.

    Attention with the candidate as the query: the logarithm of a mixture of a kernel around each behavior and
    a flat background, minus that of the background. It is a log probability, as the other parts of the second
    stage are, up to what is the same for all candidates.

    Args:
        inferred: Of the user.
        candidates: int32 [C], rows of the snapshot.
        similarities: float32 [C, I], cosines of the titles of candidates and behaviors.
        temperature: A cosine that is lower by this counts less by a factor of e. The product itself counts
            fully, with or without a title.
    """
    if not inferred:
        return np.zeros(len(candidates), np.float32)
    kernel = np.exp((similarities - 1) / np.float32(temperature))
    kernel[candidates[:, None] == inferred.products] = 1
    shares = inferred.weights / inferred.weights.sum()
    scores: NDArray[np.float32] = np.log1p(kernel @ shares / np.float32(BACKGROUND))
    return scores
