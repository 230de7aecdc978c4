"""Registers a generator once, and promotes it if it passed the gate."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mlflow.entities import RunTag

from airloom.beyond_log.recall import RecallMeasurement
from components.register_model.registry import CONTENT, add_version, promote_to_champion, version_with
from components.train_ranker.tracking import open_client, open_experiment

ARTIFACT: Final = "generator"


def register(
    folder: Path,
    *,
    version: str,
    day: str,
    measurement: RecallMeasurement,
    promote: bool,
    mlflow_uri: str,
    model_name: str,
) -> str:
    """Register `folder` as a version of `model_name` and return the version; files are safetensors and Arrow.

    A generator that is already registered gets no second version; its alias moves all the same.

    Args:
        folder: What `BehaviorGenerator.save` wrote.
        version: Its version.
        day: The day of the training.
        measurement: Becomes metrics of the run and tags of the version.
        promote: Whether it becomes the champion.
        mlflow_uri: Registry server or database.
        model_name: Name of the registered model.
    """
    client = open_client(mlflow_uri)
    registered = version_with(client, model_name, version)
    if registered is None:
        run = client.create_run(open_experiment(client, mlflow_uri), run_name=f"{version} {day}")
        client.log_artifacts(run.info.run_id, str(folder), ARTIFACT)
        numbers = measurement.numbers()
        for name, value in numbers.items():
            client.log_metric(run.info.run_id, name, value)
        client.log_batch(run.info.run_id, tags=[RunTag(CONTENT, version), RunTag("day", day)])
        client.set_terminated(run.info.run_id)
        registered = add_version(
            client,
            model_name,
            run_id=run.info.run_id,
            artifact=ARTIFACT,
            tags={CONTENT: version, "day": day} | {name: f"{value:.4f}" for name, value in numbers.items()},
        )
    if promote:
        promote_to_champion(client, model_name, str(registered.version))
    return str(registered.version)
