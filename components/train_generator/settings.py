"""Behaviors beyond the log in the pipelines: settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from airloom.beyond_log.settings import GeneratorTrainingSettings, SamplingSettings, SelectionSettings


@dataclass(frozen=True)
class BeyondLogSettings:
    """Whether the pipelines infer behaviors beyond the log, and how.

    Attributes:
        enabled: Whether a generator is trained and infers. If not, both steps end at once, and what an
            earlier run inferred is removed.
        training: The generator and its training.
        sampling: How behaviors are drawn from it.
        selection: Which of them are kept.
        model_name: Of the registered generator.
    """

    enabled: bool = False
    training: GeneratorTrainingSettings = field(default_factory=GeneratorTrainingSettings)
    sampling: SamplingSettings = field(default_factory=SamplingSettings)
    selection: SelectionSettings = field(default_factory=SelectionSettings)
    model_name: str = "airloom-behavior-generator"
