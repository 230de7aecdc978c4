"""Puts the recurring runs on a Kubeflow Pipelines server: daily every night, training every week."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.compile import compile_into
from pipelines.mounts import with_mounts
from pipelines.recipes import Recipe, recipe_named

EXPERIMENT = "airloom"


class Schedule(NamedTuple):
    """One recurring run.

    Attributes:
        pipeline: Name of the compiled pipeline.
        cron: Six fields, UTC: second, minute, hour, day of month, month, day of week.
    """

    pipeline: str
    cron: str


SCHEDULES = (
    Schedule("airloom-daily", "0 30 1 * * *"),
    Schedule("airloom-training", "0 0 5 * * 1"),
)


def apply(client: Any, *, recipe: str, places: dict[str, str], lake_claim: str) -> list[str]:
    """Make every schedule be as written here; doing it twice changes nothing more.

    Args:
        client: A `kfp.Client`.
        recipe: Name of the recipe whose settings the runs get.
        places: Pipeline parameters that say where things are: lake, feature_store, mlflow_uri,
            drift_workspace.
        lake_claim: The volume claim that holds the lake, mounted into every step; empty for an object store.

    Returns:
        The ids of the recurring runs.
    """
    experiment = client.create_experiment(name=EXPERIMENT)
    existing = client.list_recurring_runs(experiment_id=experiment.experiment_id, page_size=100)
    for run in existing.recurring_runs or []:
        if run.display_name in {schedule.pipeline for schedule in SCHEDULES}:
            client.delete_recurring_run(run.recurring_run_id)
    settings = recipe_named(recipe)
    ids = []
    with tempfile.TemporaryDirectory() as folder:
        packages = {file.stem: file for file in compile_into(Path(folder))}
        for schedule in SCHEDULES:
            package = packages[schedule.pipeline]
            if lake_claim:
                package = with_mounts(
                    package,
                    into=package.with_suffix(".mounted.yaml"),
                    lake=places["lake"],
                    claim=lake_claim,
                    feature_store=places["feature_store"],
                )
            ids.append(_schedule(client, experiment.experiment_id, schedule, package, settings, places))
    return ids


def _schedule(
    client: Any,
    experiment_id: str,
    schedule: Schedule,
    package: Path,
    settings: Recipe,
    places: dict[str, str],
) -> str:
    daily = schedule.pipeline == "airloom-daily"
    parameters = settings.daily_settings() if daily else settings.training_settings()
    wanted = {name: value for name, value in places.items() if daily or name != "drift_workspace"}
    run = client.create_recurring_run(
        experiment_id=experiment_id,
        job_name=schedule.pipeline,
        cron_expression=schedule.cron,
        max_concurrency=1,
        no_catchup=True,
        enable_caching=False,
        params=parameters | wanted,
        pipeline_package_path=str(package),
    )
    return str(run.recurring_run_id)


def main() -> None:
    """`python -m pipelines.schedules --host URL --lake URI --mlflow-uri URI ...`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", required=True, help="URL of the Kubeflow Pipelines API")
    parser.add_argument("--lake", required=True)
    parser.add_argument("--mlflow-uri", required=True)
    parser.add_argument("--feature-store", required=True, help="path of feature_store.yaml inside the image")
    parser.add_argument("--drift-workspace", required=True)
    parser.add_argument(
        "--lake-claim", default="", help="volume claim to mount at the lake's path in every step"
    )
    parser.add_argument("--recipe", default="default")
    arguments = parser.parse_args()

    import kfp

    ids = apply(
        kfp.Client(host=arguments.host),
        recipe=arguments.recipe,
        lake_claim=arguments.lake_claim,
        places={
            "lake": arguments.lake,
            "mlflow_uri": arguments.mlflow_uri,
            "feature_store": arguments.feature_store,
            "drift_workspace": arguments.drift_workspace,
        },
    )
    print("\n".join(ids))


if __name__ == "__main__":
    main()
