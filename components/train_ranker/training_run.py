"""Trains the ranker and its control, and records how it went."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from time import time_ns
from typing import Any, Final, NamedTuple

from mlflow.entities import Metric, Param, RunTag

from airloom.files import write_text
from airloom.logs.lake import Lake
from airloom.ranking.training.fit_stack import HeldOutLosses
from airloom.ranking.training.settings import TrainingSettings
from airloom.ranking.training.shared_towers import SharedTowers
from airloom.ranking.training.train import BEFORE, NOW, fit_towers, train
from airloom.ranking.training.training_loop import Fitted
from airloom.ranking.training.training_view import TrainingView
from airloom.settings import as_dict, flat
from airloom.worker_pool import results, worker_pool
from components.build_training_set.dataset import describe, read_snapshot, read_window
from components.train_ranker.behaviors import are_trained, with_behaviors
from components.train_ranker.checkpoints import checkpoint_folder
from components.train_ranker.choice import WITH_INTENTS, WITHOUT_INTENTS, choose
from components.train_ranker.tracking import open_client, open_experiment, recorded_run

STACK_LOSS: Final = "stack_loss"
"""Metric of a ranker, after its name: the cross-validated loss of its second stage."""
TOWER: Final = "_tower"
"""What a tower's curve has after its name in `CURVES`."""
CURVES: Final = "curves.json"
PROCESSES: Final = 2
"""Fits that run side by side, each with its own threads and its own copy of the events."""
TOWERS: Final = "towers"
"""Folder of the checkpoints for towers that are fitted."""
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
        towers: The fits of the towers that serve, by name.
        network: The fit of the network.
        held_out: Losses of the whole second stage on the held-out labels.
        examples: The number of training examples.
    """

    version: str
    towers: Mapping[str, Fitted]
    network: Fitted
    held_out: HeldOutLosses
    examples: int


def train_and_record(
    dataset: Path,
    *,
    lake: str,
    generators: Path,
    settings: TrainingSettings,
    mlflow_uri: str,
    model: Path,
) -> TrainingRun:
    """Train into `model/with_intents` and `model/without_intents`, side by side, and choose one.

    The one with the lower loss on the held-out labels is copied to `model/ranker`, to be served, and
    `model/choice.json` says which it was.

    Of the evaluation window only the snapshot before it is read, for the towers that serve. The control is
    trained on the same examples and negatives with the same settings, except `use_intents`, and shares the
    towers that read no intents. What runs side by side has its own process, because torch has one stream of
    random numbers in a process; if one fails, the others end at once. A run that was killed resumes after its
    last epoch when it is repeated with the same data, settings and code.

    Where `generators` were trained, labels carry behaviors beyond the log and both rankers may read them.
    """
    if are_trained(generators):
        settings = settings.with_inferred()
    variants = {WITH_INTENTS: settings, WITHOUT_INTENTS: settings.without_intents()}
    checkpoints = checkpoint_folder(dataset, lake, settings, kind=CHECKPOINTS)
    with worker_pool(PROCESSES) as pool:
        windows = {"train": BEFORE, "evaluation": NOW}
        results(
            [
                pool.submit(_fit_towers, dataset, lake, settings, window, moment, checkpoints)
                for window, moment in windows.items()
            ]
        )
        rankers = [
            pool.submit(_train, dataset, lake, generators, variant, model / name, checkpoints)
            for name, variant in variants.items()
        ]
        trained = dict(zip(variants, results(rankers), strict=True))
    held_out = {name: done.held_out for name, done in trained.items()}
    served = trained[choose(model, held_out)]
    fits = {kind: done.network for kind, done in trained.items()}
    fits |= {f"{name}{TOWER}": fitted for name, fitted in served.towers.items()}
    curves = {name: [epoch._asdict() for epoch in fitted.curve] for name, fitted in fits.items()}
    write_text(model / CURVES, json.dumps(curves, indent=2, sort_keys=True) + "\n")
    losses = {f"{name}_{STACK_LOSS}": of.mean for name, of in held_out.items()}
    run_id = _record(served.version, curves, losses, settings, describe(dataset), mlflow_uri)
    shutil.rmtree(checkpoints)  # not before all is recorded, or a repeated attempt would train again
    serves_intents = float(served is trained[WITH_INTENTS])
    numbers = losses | {"serves_intents": serves_intents, "examples": float(served.examples)}
    return TrainingRun(run_id, numbers)


def _fit_towers(
    dataset: Path, lake: str, settings: TrainingSettings, window: str, moment: str, checkpoints: Path
) -> None:
    """Fit all towers to what was known before a window; `_train` finds them in the folder of checkpoints."""
    snapshot = read_snapshot(dataset, window, lake=lake)
    view = TrainingView.read(Lake(lake), snapshot, days=settings.encoder.days)
    checkpoints.mkdir(parents=True, exist_ok=True)
    shared = SharedTowers(checkpoints / TOWERS)
    fit_towers(view, settings, moment, checkpoints=checkpoints, tower_of=shared)


def _train(
    dataset: Path,
    lake: str,
    generators: Path,
    settings: TrainingSettings,
    folder: Path,
    checkpoints: Path,
) -> SavedRanker:
    window = read_window(dataset, "train", lake=lake)
    examples, snapshot = window
    if are_trained(generators):
        examples = with_behaviors(window, generators, "before")
    later = read_snapshot(dataset, "evaluation", lake=lake)
    before, now = (
        TrainingView.read(Lake(lake), known, days=settings.encoder.days) for known in (snapshot, later)
    )
    state = checkpoints / folder.name
    state.mkdir(parents=True, exist_ok=True)
    shared = SharedTowers(checkpoints / TOWERS)
    trained = train(examples, before, now, settings, checkpoints=state, tower_of=shared)
    trained.ranker.save(folder)
    return SavedRanker(
        trained.ranker.version, trained.towers, trained.network, trained.held_out, len(examples)
    )


def _record(
    version: str,
    curves: dict[str, list[dict[str, float]]],
    losses: dict[str, float],
    settings: TrainingSettings,
    manifest: dict[str, Any],
    mlflow_uri: str,
) -> str:
    client = open_client(mlflow_uri)
    experiment = open_experiment(client, mlflow_uri)
    recorded = recorded_run(client, experiment, version, manifest["day"])
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
    metrics += [Metric(name, loss, now, 0) for name, loss in losses.items()]
    client.log_batch(
        run.info.run_id,
        metrics=metrics,
        params=[Param(name, str(value)) for name, value in flat(as_dict(settings)).items()],
        tags=[RunTag(name, value) for name, value in tags.items()],
    )
    client.set_terminated(run.info.run_id)
    return str(run.info.run_id)
