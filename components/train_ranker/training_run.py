"""Trains the ranker and its control, and records how it went."""

from __future__ import annotations

import hashlib
import json
import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import time_ns
from typing import Any, Final, NamedTuple

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

from airloom.child_processes import end_with_parent
from airloom.files import write_text
from airloom.logs.lake import Lake
from airloom.ranking.training.settings import TrainingSettings
from airloom.ranking.training.train import train
from airloom.ranking.training.training_loop import Fitted
from airloom.ranking.training.training_view import TrainingView
from airloom.settings import as_dict, flat
from components.build_training_set.dataset import describe, read_snapshot, read_window
from components.train_ranker.tracking import open_client, open_experiment

RANKER: Final = "ranker"
CONTROL: Final = "without_intents"
CURVES: Final = "curves.json"
CHECKPOINTS: Final = ("training", "checkpoints")
"""Folder of the lake for trainings that are not finished."""


class TrainingRun(NamedTuple):
    """Id of the MLflow run, and the numbers that a pipeline run shows."""

    run_id: str
    numbers: dict[str, float]


class SavedRanker(NamedTuple):
    """A trained and saved ranker.

    Attributes:
        version: See `AirRanker.version`.
        encoder: The fit of the encoder that serves.
        network: The fit of the network.
        examples: The number of training examples.
    """

    version: str
    encoder: Fitted
    network: Fitted
    examples: int


def train_and_record(
    dataset: Path, *, lake: str, settings: TrainingSettings, mlflow_uri: str, model: Path
) -> TrainingRun:
    """Train with and without intents into `model/ranker` and `model/without_intents`, side by side.

    Of the evaluation window only the snapshot before it is read, for the encoder that serves. The control is
    trained on the same examples and negatives with the same settings, except `use_intents`. Each has its own
    process, because torch has one stream of random numbers in a process. A run that was killed resumes after
    its last epoch when it is repeated with the same data and settings.
    """
    variants = {RANKER: settings, CONTROL: settings.without_intents()}
    checkpoints = _checkpoints(dataset, lake, settings)
    with ProcessPoolExecutor(len(variants), get_context("spawn"), end_with_parent) as pool:
        started = {
            name: pool.submit(_train, dataset, lake, variant, model / name, checkpoints / name)
            for name, variant in variants.items()
        }
        trained = {name: future.result() for name, future in started.items()}
    curves = {
        name: [epoch._asdict() for epoch in fitted.curve]
        for kind, done in trained.items()
        for name, fitted in ((kind, done.network), (f"{kind}_encoder", done.encoder))
    }
    write_text(model / CURVES, json.dumps(curves, indent=2, sort_keys=True) + "\n")
    run_id = _record(trained[RANKER].version, curves, settings, describe(dataset), mlflow_uri)
    shutil.rmtree(checkpoints)  # not before all is recorded, or a repeated attempt would train again
    numbers = {
        f"{name}_held_out_error": done.network.curve[done.network.best].held_out_error
        for name, done in trained.items()
    }
    return TrainingRun(run_id, numbers | {"examples": float(trained[RANKER].examples)})


def _train(
    dataset: Path, lake: str, settings: TrainingSettings, folder: Path, checkpoints: Path
) -> SavedRanker:
    examples, snapshot = read_window(dataset, "train", lake=lake)
    later = read_snapshot(dataset, "evaluation", lake=lake)
    before, now = (
        TrainingView.read(Lake(lake), known, days=settings.encoder.days) for known in (snapshot, later)
    )
    checkpoints.mkdir(parents=True, exist_ok=True)
    trained = train(examples, before, now, settings, checkpoints=checkpoints)
    trained.ranker.save(folder)
    return SavedRanker(trained.ranker.version, trained.encoder, trained.network, len(examples))


def _checkpoints(dataset: Path, lake: str, settings: TrainingSettings) -> Path:
    """Return a lake folder for the state of these trainings; other examples or settings have another."""
    made_of = json.dumps([as_dict(settings, former_names=True), describe(dataset)], sort_keys=True)
    return Lake(lake).path(*CHECKPOINTS, hashlib.sha256(made_of.encode()).hexdigest()[:16])


def _record(
    version: str,
    curves: dict[str, list[dict[str, float]]],
    settings: TrainingSettings,
    manifest: dict[str, Any],
    mlflow_uri: str,
) -> str:
    client = open_client(mlflow_uri)
    experiment = open_experiment(client, mlflow_uri)
    recorded = _recorded(client, experiment, version, manifest["day"])
    if recorded is not None:
        return recorded
    run = client.create_run(experiment, run_name=f"{version} {manifest['day']}")
    tags = {
        "model_version": version,
        "day": manifest["day"],
        "training_snapshot": manifest["train"]["snapshot"],
        "evaluation_snapshot": manifest["evaluation"]["snapshot"],
        **{f"version_{name}": value for name, value in manifest["train"]["versions"].items()},
    }
    now = time_ns() // 1_000_000
    metrics = [
        Metric(f"{name}_{key}", value, now, number)
        for name, curve in curves.items()
        for number, epoch in enumerate(curve)
        for key, value in epoch.items()
    ]
    client.log_batch(
        run.info.run_id,
        metrics=metrics,
        params=[Param(name, str(value)) for name, value in flat(as_dict(settings)).items()],
        tags=[RunTag(name, value) for name, value in tags.items()],
    )
    client.set_terminated(run.info.run_id)
    return str(run.info.run_id)


def _recorded(client: MlflowClient, experiment: str, version: str, day: str) -> str | None:
    """Return the run of an earlier attempt that trained the same ranker, if it was recorded to its end."""
    filters = f"tags.model_version = '{version}' and tags.day = '{day}' and attributes.status = 'FINISHED'"
    runs = client.search_runs([experiment], filter_string=filters, max_results=1)
    return str(runs[0].info.run_id) if runs else None
