"""The second stage as it serves: scores of candidates, and what each signal adds to them."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.causes import SIGNALS, Cause
from airloom.ranking.compiled_network import CompiledNetwork, MlpInputs
from airloom.ranking.inputs import Inputs
from airloom.ranking.projected import ProjectedTextArrays
from airloom.ranking.second_stage import PartScores, SecondStage
from airloom.ranking.settings import TOWERS
from airloom.ranking.signals import IN_SIGNAL

_F32 = NDArray[np.float32]
_TEXTS: Final = TOWERS.index("texts")
_INTENTS: Final = TOWERS.index("intents")


class Scored(NamedTuple):
    """Scores of C candidates, and what they were computed from.

    Attributes:
        scores: float32 [C], log probabilities of an order up to a constant.
        features: float32 [C, F], as in `Inputs`.
        tower_scores: float32 [C, len(TOWERS)], as in `Inputs`.
        inferred_scores: float32 [C], as in `Inputs`.
        mlp: What the network's MLP read.
    """

    scores: _F32
    features: _F32
    tower_scores: _F32
    inferred_scores: _F32
    mlp: MlpInputs


class CompiledStage:
    """`SecondStage` without torch.

    Args:
        stage: Trained; later changes of its weights are not seen.
        tables: Projected texts of what is served.
    """

    def __init__(self, stage: SecondStage, tables: ProjectedTextArrays) -> None:
        self.network = CompiledNetwork(stage.network, tables)
        self._forest, self._weights = stage.forest, stage.weights
        self._means = stage.network.mean.numpy()

    def score(self, inputs: Inputs) -> Scored:
        """Return the scores of the candidates."""
        mlp = self.network.mlp_inputs(inputs)
        network, forest = self.network.scores(mlp).order, self._forest.scores(inputs.features)
        parts = PartScores.of(network, forest, inputs.tower_scores, inputs.inferred_scores)
        scores = self._weights.sum(parts)
        return Scored(scores, inputs.features, inputs.tower_scores, inputs.inferred_scores, mlp)

    def contributions(self, scored: Scored, rows: NDArray[np.intp]) -> _F32:
        """Return what each signal adds to the scores of some candidates, float32 [n, len(SIGNALS)].

        By occlusion: the score minus the score where the signal's features are what they were on average in
        training. A tower's score, which is no feature, is compared with its mean over all candidates; that of
        inferred behaviors is 0 without any.
        """
        if not len(rows):
            return np.zeros((0, len(SIGNALS)), np.float32)
        weights = self._weights
        added = np.zeros((len(rows), len(SIGNALS)), np.float32)
        by_features = added[:, : len(IN_SIGNAL)]
        by_features += np.float32(weights.network) * self.network.contributions(scored.mlp.take(rows))
        by_features += np.float32(weights.forest) * self._added_in_forest(scored.features[rows])
        of_towers = scored.tower_scores[rows] - scored.tower_scores.mean(axis=0)
        added[:, SIGNALS.index(Cause.SEQUENCE)] += np.float32(weights.texts) * of_towers[:, _TEXTS]
        added[:, SIGNALS.index(Cause.INTENTS)] += np.float32(weights.intents) * of_towers[:, _INTENTS]
        of_inferred = np.float32(weights.inferred) * scored.inferred_scores[rows]
        added[:, SIGNALS.index(Cause.INFERRED)] = of_inferred
        return added

    def _added_in_forest(self, features: _F32) -> _F32:
        without = np.where(IN_SIGNAL, self._means, features[:, None])
        added: _F32 = self._forest.scores(features)[:, None] - self._forest.scores(without)
        return added
