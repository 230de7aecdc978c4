"""How rankers are compared: settings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EvaluationSettings:
    """How rankers are compared.

    Attributes:
        resamples: Bootstrap resamples of users for the intervals.
        confidence: Confidence level of the intervals.
        seed: Decides the resamples.
    """

    resamples: int = 2000
    confidence: float = 0.95
    seed: int = 23
