"""The model registry: the version that serves, and the promotion of a new one to champion.

A version's artifacts hold the ranker as `AirRanker.save` wrote it, below `artifacts/ranker/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    INVALID_PARAMETER_VALUE,
    RESOURCE_ALREADY_EXISTS,
    RESOURCE_DOES_NOT_EXIST,
    ErrorCode,
)

CHAMPION: Final = "champion"
PREVIOUS: Final = "previous"
CONTENT: Final = "model_version"
"""Tag of a run and a version: a digest of the weights and settings, such as `AirRanker.version`."""
RECORDED_METRICS: Final = {"hr10": "served_hr10", "ndcg10": "served_ndcg10"}
"""Metric to version tag: what the ranker reached when it was registered, and a later one is compared with.

Versions of an older release have tags `hr10` and `ndcg10`, which were measured among sampled products.
"""
ABSENT: Final = (ErrorCode.Name(RESOURCE_DOES_NOT_EXIST), ErrorCode.Name(INVALID_PARAMETER_VALUE))


def champion(client: MlflowClient, name: str) -> ModelVersion | None:
    """Return the version that serves, or None if the model or its alias does not exist yet."""
    try:
        return client.get_model_version_by_alias(name, CHAMPION)
    except MlflowException as error:
        if error.error_code in ABSENT:
            return None
        raise


def version_with(client: MlflowClient, name: str, content: str) -> ModelVersion | None:
    """Return the version that already holds this very model, if there is one."""
    versions = client.search_model_versions(f"name = '{name}'")
    same = [version for version in versions if version.tags.get(CONTENT) == content]
    return min(same, key=lambda version: int(version.version), default=None)


def add_version(
    client: MlflowClient, name: str, *, run_id: str, artifact: str, tags: Mapping[str, str]
) -> ModelVersion:
    """Register a folder of files as a new version: nothing is pickled, and no flavor of MLflow is needed.

    Args:
        client: Of the registry.
        name: Of the registered model, which is created if need be.
        run_id: The run that has the folder among its artifacts.
        artifact: The folder there.
        tags: Of the version.
    """
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
            raise
    source = f"{client.get_run(run_id).info.artifact_uri}/{artifact}"
    return client.create_model_version(name, source=source, run_id=run_id, tags=dict(tags))


def promote_to_champion(client: MlflowClient, name: str, version: str) -> None:
    """Promote `version`: it gets the alias `champion`, and the former champion becomes `previous`."""
    before = champion(client, name)
    if before is not None and str(before.version) == version:
        return
    if before is not None:
        client.set_registered_model_alias(name, PREVIOUS, before.version)
    client.set_registered_model_alias(name, CHAMPION, version)
