"""How a ranker is trained: every number that a recipe may change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from airloom.ranking.air import RankerSettings
from airloom.ranking.training.next_product_task import EncoderTrainingSettings
from airloom.ranking.training.training_loop import FitSettings


@dataclass(frozen=True)
class TrainingSettings:
    """How a ranker is trained.

    Attributes:
        ranker: What it reads and how large it is.
        encoder: How the sequence encoder is trained, before the network and again after it.
        fit: How the network is fitted.
        negatives: Products each target is compared with.
        popular_share: Share of them that is drawn by popularity.
        negatives_from: `all` products, or those of the `same_top` category as the target.
        held_out: Share of the examples, the latest ones, that only decide when to stop (early stopping).
        batch: Examples in a step.
        seed: Decides the negatives, the order and the initial weights.
    """

    ranker: RankerSettings = field(default_factory=RankerSettings)
    encoder: EncoderTrainingSettings = field(default_factory=EncoderTrainingSettings)
    fit: FitSettings = field(default_factory=FitSettings)
    negatives: int = 30
    popular_share: float = 0.5
    negatives_from: Literal["all", "same_top"] = "all"
    held_out: float = 0.15
    batch: int = 64
    seed: int = 17

    def without_intents(self) -> TrainingSettings:
        """Return the settings of the control: the same ranker without intents."""
        ranker = self.ranker
        inputs = replace(ranker.inputs, use_intents=False)
        encoder = replace(ranker.encoder, use_intents=False)
        return replace(self, ranker=replace(ranker, inputs=inputs, encoder=encoder))
