"""What the step does: train a generator, or nothing; heavy packages are imported only then."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from airloom.files import write_text
from components.train_generator.settings import BeyondLogSettings


class GeneratorOutcome(NamedTuple):
    """What a pipeline run shows: whether the generator is the champion, why or why not, and the numbers."""

    promoted: bool
    reason: str
    numbers: Mapping[str, float]


def train_or_skip(
    dataset: Path, *, lake: str, settings: BeyondLogSettings, mlflow_uri: str, folder: Path
) -> GeneratorOutcome:
    """Train into `folder`; where that is not enabled, write a file in its place."""
    if not settings.enabled:
        write_text(folder, "not enabled\n")
        return GeneratorOutcome(
            promoted=False, reason="Behaviors beyond the log are not enabled.", numbers={}
        )
    from components.train_generator.train import train_and_register

    trained = train_and_register(dataset, lake=lake, settings=settings, mlflow_uri=mlflow_uri, folder=folder)
    return GeneratorOutcome(trained.decision.passed, trained.decision.reason, trained.measurement.numbers())
