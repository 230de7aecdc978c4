"""Trains the ranker and its control, and records how it went."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from time import time_ns
from typing import Any, Final, NamedTuple

from mlflow.entities import Metric, Param, RunTag

from airloom.files import write_text
from airloom.ranking.training import Epoch, TrainingSettings, train
from airloom.settings import as_dict
from components.build_training_set.dataset import describe, read_part
from components.train_ranker.tracking import flat, open_client, open_experiment

RANKER: Final = "ranker"
CONTROL: Final = "without_intents"
CURVES: Final = "curves.json"


class TrainingRun(NamedTuple):
    """Id of the MLflow run, and the numbers that a pipeline run shows."""

    run_id: str
    numbers: dict[str, float]


class Outcome(NamedTuple):
    """One trained and saved ranker: its version, losses by epoch, the best epoch, and how many examples."""

    version: str
    curve: list[Epoch]
    best: int
    examples: int


def train_and_record(
    dataset: Path, *, lake: str, settings: TrainingSettings, mlflow_uri: str, model: Path
) -> TrainingRun:
    """Train with and without intents into `model/ranker` and `model/without_intents`, side by side.

    The control is trained on the same examples and negatives with the same settings, but for `use_intents`.
    Each has a process of its own: torch's random numbers are one stream a process.
    """
    hidden = replace(settings.ranker.inputs, use_intents=False)
    control = replace(settings, ranker=replace(settings.ranker, inputs=hidden))
    chosen = {RANKER: settings, CONTROL: control}
    with ProcessPoolExecutor(len(chosen), mp_context=get_context("spawn")) as pool:
        started = {
            name: pool.submit(_train, dataset, lake, each, model / name) for name, each in chosen.items()
        }
        trained = {name: future.result() for name, future in started.items()}
    curves = {name: [epoch._asdict() for epoch in done.curve] for name, done in trained.items()}
    write_text(model / CURVES, json.dumps(curves, indent=2, sort_keys=True) + "\n")
    versions = read_part(dataset, "train", lake=lake).snapshot.versions
    run_id = _record(trained, settings, versions, describe(dataset), mlflow_uri)
    numbers = {f"{name}_held_out_loss": done.curve[done.best].held_out_loss for name, done in trained.items()}
    return TrainingRun(run_id, numbers | {"examples": float(trained[RANKER].examples)})


def _train(dataset: Path, lake: str, settings: TrainingSettings, folder: Path) -> Outcome:
    part = read_part(dataset, "train", lake=lake)
    trained = train(part.examples, part.snapshot, settings)
    trained.ranker.save(folder)
    return Outcome(trained.ranker.version, trained.curve, trained.best, len(part.examples))


def _record(
    trained: dict[str, Outcome],
    settings: TrainingSettings,
    versions: dict[str, str],
    manifest: dict[str, Any],
    mlflow_uri: str,
) -> str:
    client = open_client(mlflow_uri)
    version = trained[RANKER].version
    run = client.create_run(open_experiment(client, mlflow_uri), run_name=f"{version} {manifest['day']}")
    tags = {
        "model_version": version,
        "day": manifest["day"],
        "training_snapshot": manifest["train"]["snapshot"],
        "evaluation_snapshot": manifest["evaluation"]["snapshot"],
        **{f"version_{name}": value for name, value in versions.items()},
    }
    now = time_ns() // 1_000_000
    metrics = [
        Metric(f"{name}_{key}", value, now, number)
        for name, result in trained.items()
        for number, epoch in enumerate(result.curve)
        for key, value in epoch._asdict().items()
    ]
    client.log_batch(
        run.info.run_id,
        metrics=metrics,
        params=[Param(name, str(value)) for name, value in flat(as_dict(settings)).items()],
        tags=[RunTag(name, value) for name, value in tags.items()],
    )
    client.set_terminated(run.info.run_id)
    return str(run.info.run_id)
