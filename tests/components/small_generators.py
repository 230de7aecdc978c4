"""Generators over the small training set, made once by the real step."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from airloom.beyond_log.recall import RecallMeasurement
from components.train_generator import train
from components.train_generator.component import train_generator
from components.train_generator.gate import GeneratorDecision, judge
from tests.components.small_training import ArtifactDouble, TrainingChain

SETTINGS: Final[dict[str, Any]] = {
    "enabled": True,
    "training": {
        "generator": {"width": 32, "layers": 1, "heads": 2, "max_events": 10, "blanks": 2},
        "tokens": {"content_dimensions": 8, "cooccurrence_dimensions": 8},
        "fit": {"epochs": 2, "patience": 2, "learning_rate": 0.005},
        "batch": 32,
        "held_out": 0.1,
    },
    "selection": {"min_samples": 1, "min_similarity": -1.0},
}
"""Titles of the small world mean nothing, so nothing is near in meaning."""


class SmallGenerators(NamedTuple):
    """What the step left behind."""

    chain: TrainingChain
    generators: ArtifactDouble
    metrics: ArtifactDouble
    verdict: ArtifactDouble
    passed: bool


def run_generators(
    chain: TrainingChain, root: Path, settings: dict[str, Any] | None = None, *, passes: bool = True
) -> SmallGenerators:
    """Run the step; what it registers is in a registry below `root`.

    Args:
        chain: The training set.
        root: Gets the artifacts.
        settings: Of the step.
        passes: What the gate says. Its own verdict on two dozen users rests on the last digits of a training,
            which differ from one kind of processor to another.
    """
    generators, metrics, verdict = (
        ArtifactDouble(root / name) for name in ("generators", "metrics", "verdict")
    )

    def judged(measurement: RecallMeasurement) -> GeneratorDecision:
        return judge(measurement)._replace(passed=passes)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(train, "judge", judged)
        passed = train_generator.python_func(
            lake=chain.lake,
            dataset=chain.dataset,
            settings=SETTINGS if settings is None else settings,
            mlflow_uri=f"sqlite:///{root}/mlflow/mlflow.db",
            generators=generators,
            metrics=metrics,
            verdict=verdict,
        )
    return SmallGenerators(chain, generators, metrics, verdict, passed)
