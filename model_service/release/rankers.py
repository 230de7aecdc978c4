"""The rankers of an experiment's variants: built in, or AIR models from the MLflow registry."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from airloom.errors import AirloomError
from airloom.experiments.experiment import Experiment
from airloom.ranking.air import AirRanker
from airloom.ranking.baselines.item_cf import ItemCfRanker
from airloom.ranking.baselines.popularity_ranker import PopularityRanker
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.ranker import Ranker
from airloom.ranking.snapshot import Snapshot
from model_service.engine.loaded_release import tree_settings

if TYPE_CHECKING:  # importing it takes a second, and built-in rankers need none
    from mlflow import MlflowClient

CHAMPION = "models:/airloom-ranker@champion"
RANKER_FOLDER = Path("artifacts", "ranker")

BUILT_IN: Mapping[str, Callable[[Snapshot, EventWeightSettings], Ranker]] = {
    "item_cf": ItemCfRanker,
    "popularity": lambda snapshot, _: PopularityRanker(snapshot),
}

HTTP_LIMITS: Final = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "30"}
"""MLflow itself retries for minutes; `ReleaseReloader` polls again in seconds, and reports the reason."""


class ModelAlias(NamedTuple):
    """A name in the registry that moves from version to version."""

    name: str
    alias: str

    def __str__(self) -> str:
        return f"models:/{self.name}@{self.alias}"


class ModelVersion(NamedTuple):
    """One version of a model in the registry; it never changes."""

    name: str
    version: str


def parse_rankers(experiment: Experiment) -> dict[str, ModelAlias]:
    """Return the alias behind each registered ranker of the variants, by the ranker's name.

    Raises:
        AirloomError: A variant names no ranker.
    """
    names = dict.fromkeys(variant.ranker for variant in experiment.variants)
    return {name: _parse(CHAMPION if name == "air" else name) for name in names if name not in BUILT_IN}


def resolve_aliases(experiment: Experiment, *, mlflow_uri: str) -> dict[str, ModelVersion]:
    """Return which version each registered ranker of the variants is now, by the ranker's name.

    Raises:
        AirloomError: A variant names no ranker, or the registry is away or lacks the model or the alias.
    """
    return {name: _resolve(alias, mlflow_uri) for name, alias in parse_rankers(experiment).items()}


def load_rankers(
    experiment: Experiment, models: Mapping[str, ModelVersion], snapshot: Snapshot, *, mlflow_uri: str
) -> dict[str, Ranker]:
    """Load the ranker of every variant, by the variant's name; each different one is loaded once.

    Built-in rankers weigh events as AIR does (see `tree_settings`), so that variants differ in nothing else.

    Args:
        experiment: Names the rankers.
        models: From `resolve_aliases`.
        snapshot: What they rank.
        mlflow_uri: The registry.

    Raises:
        AirloomError: A model's files cannot be fetched, or are no ranker for this snapshot.
    """
    rankers: dict[str, Ranker] = {name: _load(model, snapshot, mlflow_uri) for name, model in models.items()}
    tree = tree_settings(rankers.values())
    names = dict.fromkeys(variant.ranker for variant in experiment.variants)
    rankers |= {name: BUILT_IN[name](snapshot, tree) for name in names if name in BUILT_IN}
    return {variant.name: rankers[variant.ranker] for variant in experiment.variants}


def _parse(uri: str) -> ModelAlias:
    match = re.fullmatch(r"models:/([^/@]+)@([^/@]+)", uri)
    if not match:
        raise AirloomError(
            f"{uri!r} names no ranker",
            do=f"Use air, {', '.join(BUILT_IN)} or models:/<name>@<alias>",
        )
    return ModelAlias(*match.groups())


def _resolve(model: ModelAlias, mlflow_uri: str) -> ModelVersion:
    """Return which version has the alias now."""
    database = mlflow_uri.removeprefix("sqlite:///")
    if database != mlflow_uri and not Path(database).exists():
        raise AirloomError(
            f"There is no model registry at {mlflow_uri}, so {model} cannot be served",
            do="Train and register a ranker with: airloom run training",
        )
    from mlflow.exceptions import MlflowException

    try:
        return ModelVersion(model.name, str(_client(mlflow_uri).get_model_version_by_alias(*model).version))
    except MlflowException as error:
        raise AirloomError(
            f"The model registry {mlflow_uri} cannot give {model.name} with the alias {model.alias} "
            f"({error.message})",
            do="Train and register a ranker with: airloom run training",
        ) from error


def _load(model: ModelVersion, snapshot: Snapshot, mlflow_uri: str) -> Ranker:
    """Load the AIR model of a version: weights and settings, never a pickle."""
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    from mlflow import artifacts
    from mlflow.exceptions import MlflowException

    with tempfile.TemporaryDirectory() as copy:
        try:
            folder = artifacts.download_artifacts(
                artifact_uri=_client(mlflow_uri).get_model_version_download_uri(*model),
                dst_path=copy,
                tracking_uri=mlflow_uri,
            )
        except (MlflowException, OSError) as error:
            raise AirloomError(
                f"{model.name} version {model.version} cannot be fetched from {mlflow_uri} ({error})",
                do="Check the registry's artifact store, or train again with: airloom run training",
            ) from error
        return AirRanker.load(Path(folder) / RANKER_FOLDER, snapshot)


@cache
def _client(mlflow_uri: str) -> MlflowClient:
    for name, value in HTTP_LIMITS.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=mlflow_uri, registry_uri=mlflow_uri)
