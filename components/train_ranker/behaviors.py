"""Behaviors beyond the log for the labels of a window, from the generators that `train_generator` saved."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from airloom.beyond_log.attach import attach_behaviors
from airloom.beyond_log.generated import GeneratedBehaviors
from airloom.beyond_log.generator import BehaviorGenerator
from airloom.beyond_log.selected import SelectedBehaviors
from airloom.beyond_log.selection import Selection
from airloom.beyond_log.settings import SamplingSettings, SelectionSettings
from airloom.files import write_text
from airloom.ranking.training.examples import Example
from airloom.settings import as_dict, parse
from components.build_training_set.dataset import LabelWindow

Period = Literal["before", "now"]
"""Folder of a generator: `before` has seen no label, `now` serves and has seen no order of the evaluation."""
INFERENCE: Final = "inference.json"


@dataclass(frozen=True)
class InferenceSettings:
    """How behaviors are inferred; saved beside the generators, so that training does what serving does.

    Attributes:
        sampling: How they are drawn.
        selection: Which of them are kept.
    """

    sampling: SamplingSettings = field(default_factory=SamplingSettings)
    selection: SelectionSettings = field(default_factory=SelectionSettings)

    def save(self, generators: Path) -> None:
        """Write them beside the generators."""
        write_text(generators / INFERENCE, json.dumps(as_dict(self), indent=2, sort_keys=True) + "\n")


def are_trained(generators: Path) -> bool:
    """Return whether there are generators; where they are not enabled, a file is in their place."""
    return generators.is_dir()


def with_behaviors(window: LabelWindow, generators: Path, period: Period) -> list[Example]:
    """Return the examples of a window with what is inferred from their histories.

    Args:
        window: Its snapshot is what the generator infers over.
        generators: Made by train_generator, and trained.
        period: Which generator infers.

    Raises:
        AirloomError: The generator is damaged, or of another text encoder than the snapshot.
    """
    settings = parse(InferenceSettings, json.loads((generators / INFERENCE).read_text(encoding="utf-8")))
    generator = BehaviorGenerator.load(generators / period)
    source = GeneratedBehaviors(generator, window.snapshot, settings.sampling)
    selected = SelectedBehaviors(source, Selection(window.snapshot, settings.selection))
    return attach_behaviors(window.examples, selected)
