"""The pipelines as a cluster runs them: packages, parameters and schedules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from airloom.files import sha256_of, write_text
from pipelines.compile import compile_into
from pipelines.pods.cluster import Cluster
from pipelines.recipes import Recipe

TUNING: Final = "airloom-tune-assistant"
"""Is fine-tuned only if the recipe names a model."""
SCHEDULES: Final = {
    "airloom-daily": "0 30 1 * * *",
    "airloom-training": "0 0 5 * * 1",
    TUNING: "0 0 9 1 * *",
}
"""When each pipeline starts, UTC: second, minute, hour, day of month, month, day of week."""


@dataclass(frozen=True)
class Servers:
    """Addresses of the services that the steps use.

    Attributes:
        mlflow_uri: Tracking and registry server.
        drift_workspace: Folder of the Evidently workspace; empty for one in the lake.
    """

    mlflow_uri: str
    drift_workspace: str = ""


class ScheduledPipeline(NamedTuple):
    """One pipeline and its recurring run.

    Attributes:
        name: Of the pipeline and of the recurring run.
        package: The compiled file.
        version: Name of the package's version: a digest of its bytes.
        cron: Six fields, UTC.
        parameters: Of every run; the day is left out, and each run resolves it.
    """

    name: str
    package: Path
    version: str
    cron: str
    parameters: Mapping[str, Any]


def scheduled_pipelines(
    folder: Path, *, recipe: Recipe, servers: Servers, cluster: Cluster
) -> list[ScheduledPipeline]:
    """Compile the pipelines for `cluster` into `folder` and return them with their schedules.

    The fine-tuning of the assistant's model is among them only if the recipe names a model to fine-tune.

    `<name>.yaml` is what is uploaded, `<name>.json` holds cron and parameters of the recurring run.
    """
    pipelines = []
    for package in compile_into(folder, cluster):
        name = package.stem
        if name == TUNING and not recipe.assistant_tuning.base_model:
            package.unlink()
            continue
        parameters = _parameters(name, recipe, servers, cluster)
        version = sha256_of(package)[:12]
        pipeline = ScheduledPipeline(name, package, version, SCHEDULES[name], parameters)
        schedule = {"cron": pipeline.cron, "parameters": parameters}
        write_text(package.with_suffix(".json"), json.dumps(schedule, indent=2, sort_keys=True) + "\n")
        pipelines.append(pipeline)
    return pipelines


def _parameters(name: str, recipe: Recipe, servers: Servers, cluster: Cluster) -> dict[str, Any]:
    stored = {"lake": cluster.lake, "mlflow_uri": servers.mlflow_uri}
    if name == TUNING:
        return recipe.assistant_tuning_settings() | stored
    shared = stored | {"feature_store": cluster.feature_store}
    if name == "airloom-daily":
        workspace = servers.drift_workspace or f"{cluster.lake}/evidently"
        return recipe.daily_settings() | shared | {"drift_workspace": workspace}
    return recipe.training_settings() | shared
