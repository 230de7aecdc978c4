"""MLflow as the training steps use it: one experiment, one run for each training."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from airloom.telemetry import switch_off

switch_off()

from mlflow import MlflowClient  # noqa: E402 - telemetry is off before the import
from mlflow.exceptions import MlflowException  # noqa: E402

EXPERIMENT: Final = "airloom-ranker"
SQLITE: Final = "sqlite:///"


def open_client(mlflow_uri: str) -> MlflowClient:
    """A client of the tracking server or database; the folder of a local database is made."""
    if mlflow_uri.startswith(SQLITE):
        Path(mlflow_uri.removeprefix(SQLITE)).parent.mkdir(parents=True, exist_ok=True)
    return MlflowClient(tracking_uri=mlflow_uri, registry_uri=mlflow_uri)


def open_experiment(client: MlflowClient, mlflow_uri: str) -> str:
    """Id of the experiment, made if need be; a local one keeps artifacts beside its database."""
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return str(found.experiment_id)
    local = mlflow_uri.startswith(SQLITE)
    place = Path(mlflow_uri.removeprefix(SQLITE)).resolve().parent / "artifacts" if local else None
    try:
        return str(client.create_experiment(EXPERIMENT, artifact_location=place.as_uri() if place else None))
    except MlflowException:
        made_meanwhile = client.get_experiment_by_name(EXPERIMENT)
        if made_meanwhile is None:
            raise
        return str(made_meanwhile.experiment_id)
