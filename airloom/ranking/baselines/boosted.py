"""Gradient-boosted trees over the features that need no intents: the usual second-stage ranker of a shop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from airloom.process_folder import process_folder
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.encoder.towers import Towers
from airloom.ranking.forest import Forest
from airloom.ranking.history import UserHistory
from airloom.ranking.inputs import build_inputs
from airloom.ranking.ranker import Ranking
from airloom.ranking.settings import InputSettings
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.examples import Example
from airloom.ranking.training.fit_forest import fit_forest
from airloom.ranking.training.materialized_inputs import materialize_inputs
from airloom.ranking.training.settings import ForestSettings


class BoostedRanker:
    """A forest that tells targets from their negatives.

    It is a baseline of the benchmark, never stored or served.
    """

    version = "boosted"

    def __init__(self, forest: Forest, towers: Towers, inputs: InputSettings, snapshot: Snapshot) -> None:
        self._forest, self._towers = forest, towers
        self._inputs = replace(inputs, use_intents=False)
        self._catalogue = Catalogue.of(snapshot)

    @classmethod
    def fit(
        cls,
        examples: Sequence[Example],
        candidates: NDArray[np.int32],
        *,
        trained_on: Snapshot,
        towers: tuple[Towers, Towers],
        snapshot: Snapshot,
        inputs: InputSettings,
        settings: ForestSettings,
        seed: int,
    ) -> BoostedRanker:
        """Return a ranker with a forest fitted to `examples`.

        Args:
            examples: Labels with their histories.
            candidates: int32 [n, C], the target in the first column, the others drawn evenly.
            trained_on: The snapshot of before the examples.
            towers: Some that have not seen the examples, over `trained_on`, and those to rank with, over
                `snapshot`.
            snapshot: What to rank with afterwards.
            inputs: Decay of events.
            settings: Size of the forest.
            seed: Of the forest.
        """
        without_intents = replace(inputs, use_intents=False)
        with process_folder("airloom-training-inputs") as folder:
            of_examples = materialize_inputs(
                examples,
                candidates,
                catalogue=Catalogue.of(trained_on),
                towers=towers[0],
                settings=without_intents,
                folder=folder,
            )
            weights = np.ones(candidates.shape, np.float32)
            forest = fit_forest(of_examples.inputs.features, weights, settings, seed=seed)
        return cls(forest, towers[1], without_intents, snapshot)

    def rank(self, *, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Ranking:
        """Return scores of `candidates` for a user with `history` at `now`."""
        past = history.before(now)
        inputs = build_inputs(
            self._catalogue,
            history=past,
            candidates=candidates,
            tower_scores=self._towers.score(self._towers.state(past), candidates),
            now=now,
            settings=self._inputs,
        )
        return Ranking.without_intents(self._forest.scores(inputs.features), {})
