"""The generator that serves, from the registry."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from airloom.beyond_log.generator import BehaviorGenerator
from airloom.errors import AirloomError
from components.register_model.registry import champion
from components.train_ranker.tracking import open_client


def champion_generator(mlflow_uri: str, model_name: str) -> BehaviorGenerator | None:
    """Return the champion among the registered generators; None if there is none.

    Raises:
        AirloomError: Its files cannot be fetched, or are damaged.
    """
    client = open_client(mlflow_uri)
    version = champion(client, model_name)
    if version is None:
        return None
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    from mlflow import artifacts
    from mlflow.exceptions import MlflowException

    with TemporaryDirectory() as copy:
        try:
            folder = artifacts.download_artifacts(
                artifact_uri=client.get_model_version_download_uri(model_name, version.version),
                dst_path=copy,
                tracking_uri=mlflow_uri,
            )
        except (MlflowException, OSError) as error:
            raise AirloomError(
                f"{model_name} version {version.version} cannot be fetched from {mlflow_uri} ({error})",
                do="Check the registry's artifact store, or train again with: airloom run training",
            ) from error
        return BehaviorGenerator.load(Path(folder))
