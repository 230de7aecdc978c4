"""The second stage: a network and boosted trees, and how much each part counts in the score."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.forest import Forest
from airloom.ranking.network import RankingNetwork
from airloom.ranking.settings import TOWERS


class PartScores(NamedTuple):
    """The scores of the parts for C candidates, float32 [C] each, or [n, C] for n examples.

    Attributes:
        network: The network's log probability.
        forest: The forest's margin, a log probability up to a constant.
        texts: The score of the tower of texts.
        intents: The score of the tower of intents.
        inferred: How near a candidate is to the inferred behaviors, see `airloom.ranking.inferred`.
    """

    network: NDArray[np.float32]
    forest: NDArray[np.float32]
    texts: NDArray[np.float32]
    intents: NDArray[np.float32]
    inferred: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        network: NDArray[np.float32],
        forest: NDArray[np.float32],
        tower_scores: NDArray[np.float32],
        inferred_scores: NDArray[np.float32],
    ) -> PartScores:
        """Return the scores of all parts, [...]; those of the towers are given as [..., len(TOWERS)]."""
        texts, intents = (tower_scores[..., TOWERS.index(name)] for name in ("texts", "intents"))
        return cls(network, forest, texts, intents, inferred_scores)


class StackWeights(NamedTuple):
    """What each of `PartScores` counts, 0 or more: stacking (Breiman, Machine Learning 1996).

    They are fitted to labels that no part has learned from, so a part without information weighs 0, and the
    sum is a log probability again.
    """

    network: float = 1.0
    forest: float = 0.0
    texts: float = 0.0
    intents: float = 0.0
    inferred: float = 0.0

    @classmethod
    def read(cls, stored: Mapping[str, object]) -> StackWeights:
        """Return weights that were read from a file.

        Raises:
            TypeError: A name is missing or unknown.
            ValueError: A weight is no number of 0 or more.
        """
        if set(stored) != set(cls._fields):
            raise TypeError(f"the weights of the stack are {sorted(stored)}")
        weights = cls(**{name: float(str(weight)) for name, weight in stored.items()})
        if not all(0 <= weight < inf for weight in weights):
            raise ValueError(f"a weight of the stack is negative or not finite: {weights}")
        return weights

    def sum(self, scores: PartScores) -> NDArray[np.float32]:
        """Return the weighted sum of the scores, float32 of their shape."""
        total = np.zeros_like(scores.network)
        for weight, part in zip(self, scores, strict=True):
            total += np.float32(weight) * part
        return total


class SecondStage(NamedTuple):
    """What scores candidates from their inputs.

    Attributes:
        network: Attends to nodes and events.
        forest: Boosted trees over the features.
        weights: What each part counts.
    """

    network: RankingNetwork
    forest: Forest
    weights: StackWeights
