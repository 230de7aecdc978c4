"""A fine-tuning in MLflow: a run of the training, and a version in the registry of what passed the gate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from time import time_ns
from typing import Final

from mlflow.entities import Metric, Param, RunTag

from airloom.assistant.rft.tuning import MODEL, REPORT, UPDATES, TuningReport
from airloom.settings import as_dict, flat
from components.register_model.registry import CONTENT, add_version, promote_to_champion, version_with
from components.train_ranker.tracking import open_client, open_experiment, recorded_run
from components.tune_assistant.settings import AssistantTuningSettings

BY_EPOCH: Final = ("reward", "share_without_variance", "requests")
"""Of an epoch of rewards: metrics whose step is the epoch."""


def record(
    report: TuningReport,
    folder: Path,
    *,
    settings: AssistantTuningSettings,
    versions: Mapping[str, str],
    day: str,
    mlflow_uri: str,
) -> str:
    """Record a training once and return the id of its run; what an earlier attempt recorded is found.

    Args:
        report: What came of it.
        folder: Has the report, the updates and, if it passed the gate, the model: safetensors, no pickle.
        settings: Become parameters.
        versions: Of what it was made from; they become tags.
        day: The last day of which orders were read.
        mlflow_uri: Tracking server or database.
    """
    client = open_client(mlflow_uri)
    experiment, version = open_experiment(client, mlflow_uri), report.versions[UPDATES]
    recorded = recorded_run(client, experiment, version, day)
    if recorded is not None:
        return recorded
    run_id = str(client.create_run(experiment, run_name=f"{version} {day}").info.run_id)
    for name in (MODEL, UPDATES):
        if (folder / name).exists():
            client.log_artifacts(run_id, str(folder / name), name)
    client.log_artifact(run_id, str(folder / REPORT))
    now = time_ns() // 1_000_000
    metrics = [Metric(name, value, now, 0) for name, value in numbers_of(report).items()]
    metrics += [
        Metric(name, float(getattr(epoch, name)), now, epoch.epoch)
        for epoch in report.epochs
        for name in BY_EPOCH
    ]
    tags = {CONTENT: version, "day": day, "verdict": report.gate.sentence()} | dict(versions)
    client.log_batch(
        run_id,
        metrics=metrics,
        params=[Param(name, str(value)) for name, value in flat(as_dict(settings)).items()],
        tags=[RunTag(name, value) for name, value in tags.items()],
    )
    client.set_terminated(run_id)
    return run_id


def register(report: TuningReport, *, run_id: str, mlflow_uri: str, model_name: str) -> str:
    """Make the model that a run has logged the champion, and return its version.

    One that is already registered gets no second version; only the alias moves.

    Args:
        report: Of a training that passed the gate.
        run_id: Of that training.
        mlflow_uri: Registry server or database.
        model_name: Of the registered model.
    """
    client, content = open_client(mlflow_uri), report.versions[UPDATES]
    registered = version_with(client, model_name, content)
    if registered is None:
        tags = client.get_run(run_id).data.tags
        kept = {name: tags[name] for name in (CONTENT, "day", "base_model", "snapshot")}
        numbers = {name: f"{value:.4f}" for name, value in numbers_of(report).items()}
        registered = add_version(client, model_name, run_id=run_id, artifact=MODEL, tags=kept | numbers)
    promote_to_champion(client, model_name, str(registered.version))
    return str(registered.version)


def numbers_of(report: TuningReport) -> dict[str, float]:
    """Return what the arms reached on held-out requests and by how much the model leads, by metric."""
    numbers = {"reward_gain": report.reward_gain.mean}
    for arm in report.arms:
        name = _metric(arm.name)
        numbers |= {f"ndcg10_{name}": float(arm.ndcg.mean()), f"hit1_{name}": float(arm.hit.mean())}
    for rival, lead in report.gate.leads.items():
        numbers |= {f"lead_{_metric(rival)}": lead.mean, f"lead_{_metric(rival)}_low": lead.low}
    return numbers


def _metric(name: str) -> str:
    return name.replace(" ", "_").replace("-", "_")
