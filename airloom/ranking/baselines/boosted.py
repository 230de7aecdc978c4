"""Gradient-boosted trees over the features that need no intents: the usual second-stage ranker of a shop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier  # type: ignore[import-untyped]  # has no stubs

from airloom.process_folder import process_folder
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.encoder.encoder import SequenceEncoder
from airloom.ranking.history import UserHistory
from airloom.ranking.inputs import build_inputs
from airloom.ranking.ranker import Ranking
from airloom.ranking.settings import InputSettings
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.examples import Example
from airloom.ranking.training.materialized_inputs import materialize_inputs
from airloom.settings import formerly


@dataclass(frozen=True)
class BoostedSettings:
    """Size of the forest.

    Attributes:
        rounds: The number of trees.
        leaves: Leaves of a tree.
        learning_rate: Share of each tree.
        min_samples_leaf: Candidates in a leaf at least.
        l2: Regularization of leaf values.
    """

    rounds: int = 300
    leaves: int = 15
    learning_rate: float = 0.05
    min_samples_leaf: int = field(default=200, metadata=formerly("least_in_leaf"))
    l2: float = 1.0


class BoostedRanker:
    """A classifier of targets among their negatives; its margin is the score.

    It is a baseline of the benchmark, never stored or served.
    """

    version = "boosted"

    def __init__(
        self,
        forest: HistGradientBoostingClassifier,
        encoder: SequenceEncoder,
        inputs: InputSettings,
        snapshot: Snapshot,
    ) -> None:
        self._forest, self._encoder = forest, encoder
        self._inputs = replace(inputs, use_intents=False)
        self._catalogue = Catalogue.of(snapshot)

    @classmethod
    def fit(
        cls,
        examples: Sequence[Example],
        candidates: NDArray[np.int32],
        *,
        trained_on: Snapshot,
        encoders: tuple[SequenceEncoder, SequenceEncoder],
        snapshot: Snapshot,
        inputs: InputSettings,
        settings: BoostedSettings,
        seed: int,
    ) -> BoostedRanker:
        """Return a ranker with a forest fitted to `examples`.

        Args:
            examples: Labels with their histories.
            candidates: int32 [n, C], the target in the first column.
            trained_on: The snapshot of before the examples.
            encoders: One that has not seen the examples, over `trained_on`, and the one to rank with, over
                `snapshot`.
            snapshot: What to rank with afterwards.
            inputs: Decay of events.
            settings: Size of the forest.
            seed: Of the forest.
        """
        without_intents = replace(inputs, use_intents=False)
        with process_folder("airloom-training-inputs") as folder:
            inputs_of_examples = materialize_inputs(
                examples,
                candidates,
                catalogue=Catalogue.of(trained_on),
                encoder=encoders[0],
                settings=without_intents,
                folder=folder,
            )
            features = inputs_of_examples.inputs.features
            is_target = np.zeros(candidates.shape, np.int8)
            is_target[:, 0] = 1
            forest = HistGradientBoostingClassifier(
                max_iter=settings.rounds,
                max_leaf_nodes=settings.leaves,
                learning_rate=settings.learning_rate,
                min_samples_leaf=settings.min_samples_leaf,
                l2_regularization=settings.l2,
                early_stopping=False,
                random_state=seed,
            ).fit(features.reshape(-1, features.shape[2]), is_target.ravel())
        return cls(forest, encoders[1], without_intents, snapshot)

    def rank(self, *, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Ranking:
        """Return scores of `candidates` for a user with `history` at `now`."""
        past = history.before(now)
        state = self._encoder.state(past)
        inputs = build_inputs(
            self._catalogue,
            history=past,
            candidates=candidates,
            sequence_scores=self._encoder.score(state, candidates),
            now=now,
            settings=self._inputs,
        )
        scores = self._forest.decision_function(inputs.features).astype(np.float32)
        return Ranking.without_intents(scores, {})
