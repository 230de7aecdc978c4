"""Labels as the second stage learns from them: each target among its negatives, with the inputs of all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.catalogue import Catalogue
from airloom.ranking.encoder.towers import Towers
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.examples import Example
from airloom.ranking.training.materialized_inputs import MaterializedInputs, materialize_inputs
from airloom.ranking.training.negatives import sampling_log_odds, training_candidates
from airloom.ranking.training.settings import TrainingSettings


class LabelCandidates(NamedTuple):
    """n labels with C candidates each, the target first.

    Attributes:
        inputs: Of all candidates.
        log_odds: float32 [n, C], log(how often a candidate is drawn / how often by an even draw): the logQ
            correction, see `sampling_log_odds`.
        training: int64, rows of the labels to learn from.
        held_out: int64, rows of the latest labels, which only decide.
    """

    inputs: MaterializedInputs
    log_odds: NDArray[np.float32]
    training: NDArray[np.int64]
    held_out: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        examples: Sequence[Example],
        snapshot: Snapshot,
        catalogue: Catalogue,
        towers: Towers,
        settings: TrainingSettings,
        *,
        folder: Path,
    ) -> LabelCandidates:
        """Draw the negatives of `examples`, sorted by time, and compute all inputs into files in `folder`."""
        same_top = settings.negatives_from == "same_top"
        candidates = training_candidates(
            examples,
            snapshot,
            negatives=settings.negatives,
            popular_share=settings.popular_share,
            same_top=same_top,
            seed=settings.seed,
        )
        log_odds = sampling_log_odds(snapshot, popular_share=settings.popular_share, same_top=same_top)
        inputs = materialize_inputs(
            examples,
            candidates,
            catalogue=catalogue,
            towers=towers,
            settings=settings.ranker.inputs,
            folder=folder,
        )
        cut = round(len(examples) * (1 - settings.held_out))
        rows = np.arange(len(examples))
        return cls(inputs, log_odds[candidates], rows[:cut], rows[cut:])
