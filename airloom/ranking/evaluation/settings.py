"""How rankers are compared: settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class EvaluationSettings:
    """How rankers are compared.

    Attributes:
        negatives: Products that each target is compared with.
        negatives_from: `all` products, or those of the `same_top` category as the target.
        resamples: Bootstrap resamples of users for the intervals.
        confidence: Confidence level of the intervals.
        seed: Decides negatives and resamples.
    """

    negatives: int = 999
    negatives_from: Literal["all", "same_top"] = "all"
    resamples: int = 2000
    confidence: float = 0.95
    seed: int = 23
