"""MLflow as the training steps use it: one experiment, one run for each training."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from airloom.telemetry import switch_off
from components.train_ranker.experiment_name import EXPERIMENT

switch_off()

from mlflow import MlflowClient  # noqa: E402 - telemetry is off before the import
from mlflow.exceptions import MlflowException  # noqa: E402

SQLITE: Final = "sqlite:///"


def open_client(mlflow_uri: str) -> MlflowClient:
    """Return a client of the tracking server or database; the folder of a local database is created."""
    if mlflow_uri.startswith(SQLITE):
        Path(mlflow_uri.removeprefix(SQLITE)).parent.mkdir(parents=True, exist_ok=True)
    return MlflowClient(tracking_uri=mlflow_uri, registry_uri=mlflow_uri)


def open_experiment(client: MlflowClient, mlflow_uri: str) -> str:
    """Return the experiment's id, created if need be; a local one has its artifacts beside its database."""
    experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is not None:
        return str(experiment.experiment_id)
    local = mlflow_uri.startswith(SQLITE)
    folder = Path(mlflow_uri.removeprefix(SQLITE)).resolve().parent / "artifacts" if local else None
    location = folder.as_uri() if folder else None
    try:
        return str(client.create_experiment(EXPERIMENT, artifact_location=location))
    except MlflowException:
        created_meanwhile = client.get_experiment_by_name(EXPERIMENT)
        if created_meanwhile is None:
            raise
        return str(created_meanwhile.experiment_id)


def recorded_run(client: MlflowClient, experiment: str, version: str, day: str) -> str | None:
    """Return the run of an earlier attempt that trained the same model, if it was recorded to its end."""
    filters = f"tags.model_version = '{version}' and tags.day = '{day}' and attributes.status = 'FINISHED'"
    runs = client.search_runs([experiment], filter_string=filters, max_results=1)
    return str(runs[0].info.run_id) if runs else None
