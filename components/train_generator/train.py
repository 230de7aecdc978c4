"""Trains the generators of a training run, measures the one that serves, and registers it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Final, NamedTuple

from airloom.beyond_log.fit_generator import PeriodGenerators, fit_by_period
from airloom.beyond_log.generated import GeneratedBehaviors
from airloom.beyond_log.recall import RecallMeasurement, measure_recall
from airloom.beyond_log.selection import Selection
from airloom.files import write_text
from airloom.logs.lake import Lake
from airloom.ranking.evaluation.intervals import Resampling
from airloom.ranking.training.training_view import TrainingView
from components.build_training_set.dataset import describe, read_snapshot, read_window
from components.train_generator.gate import GeneratorDecision, judge
from components.train_generator.registration import register
from components.train_generator.settings import BeyondLogSettings
from components.train_ranker.behaviors import InferenceSettings, Period
from components.train_ranker.checkpoints import checkpoint_folder

BEFORE: Final[Period] = "before"
NOW: Final[Period] = "now"
MEASUREMENT: Final = "measurement.json"
CHECKPOINTS: Final = ("training", "generators")
"""Folder of the lake for trainings that are not finished."""


class TrainedGenerator(NamedTuple):
    """The generator that may serve.

    Attributes:
        version: See `BehaviorGenerator.version`.
        measurement: Its recall beside that of its controls.
        decision: Whether it is the champion now, and why.
    """

    version: str
    measurement: RecallMeasurement
    decision: GeneratorDecision


def train_and_register(
    dataset: Path, *, lake: str, settings: BeyondLogSettings, mlflow_uri: str, folder: Path
) -> TrainedGenerator:
    """Fit generators to the views of `train_ranker` and save them to `folder/before` and `folder/now`.

    The orders of the evaluation window, which neither has seen, measure the one that serves. It is registered
    in any case, and promoted if the gate passes. A run that was killed resumes after its last epoch.

    Raises:
        AirloomError: There is too little to learn from, or to measure with.
    """
    generators = _fit(dataset, lake, settings)
    generators.before.save(folder / BEFORE)
    generators.now.save(folder / NOW)
    InferenceSettings(settings.sampling, settings.selection).save(folder)
    window = read_window(dataset, "evaluation", lake=lake)
    measurement = measure_recall(
        GeneratedBehaviors(generators.now, window.snapshot, settings.sampling),
        Selection(window.snapshot, settings.selection),
        window.snapshot,
        window.examples,
        resampling=Resampling(),
    )
    decision = judge(measurement)
    text = json.dumps(_figures(measurement), indent=2, sort_keys=True) + "\n"
    write_text(folder / MEASUREMENT, text)
    version = generators.now.version
    register(
        folder / NOW,
        version=version,
        day=describe(dataset)["day"],
        measurement=measurement,
        promote=decision.passed,
        mlflow_uri=mlflow_uri,
        model_name=settings.model_name,
    )
    # not before all is recorded, or a repeated attempt would train again
    shutil.rmtree(checkpoint_folder(dataset, lake, settings.training, kind=CHECKPOINTS))
    return TrainedGenerator(version, measurement, decision)


def _fit(dataset: Path, lake: str, settings: BeyondLogSettings) -> PeriodGenerators:
    before, now = (
        TrainingView.read(Lake(lake), read_snapshot(dataset, window, lake=lake), days=settings.training.days)
        for window in ("train", "evaluation")
    )
    checkpoints = checkpoint_folder(dataset, lake, settings.training, kind=CHECKPOINTS)
    checkpoints.mkdir(parents=True, exist_ok=True)
    return fit_by_period(before, now, settings.training, checkpoints=checkpoints)


def _figures(measurement: RecallMeasurement) -> dict[str, object]:
    return {
        "cases": measurement.cases,
        "users": measurement.users,
        "recall": {name: estimate._asdict() for name, estimate in measurement.recall.items()},
        "lead": {name: estimate._asdict() for name, estimate in measurement.lead.items()},
    }
