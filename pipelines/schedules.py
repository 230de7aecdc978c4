"""Puts the recurring runs on a Kubeflow Pipelines server: daily every night, training every week."""

from __future__ import annotations

import argparse
from typing import Any, NamedTuple

from pipelines.compile import COMPILED
from pipelines.recipes import recipe_named

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


def apply(client: Any, *, recipe: str, places: dict[str, str]) -> list[str]:
    """Make every schedule be as written here; doing it twice changes nothing more.

    Args:
        client: A `kfp.Client`.
        recipe: Name of the recipe whose settings the runs get.
        places: Pipeline parameters that say where things are: lake, feature_store, mlflow_uri,
            drift_workspace.

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
    for schedule in SCHEDULES:
        daily = schedule.pipeline == "airloom-daily"
        parameters = settings.daily_settings() if daily else settings.training_settings()
        wanted = {name: value for name, value in places.items() if daily or name != "drift_workspace"}
        run = client.create_recurring_run(
            experiment_id=experiment.experiment_id,
            job_name=schedule.pipeline,
            cron_expression=schedule.cron,
            max_concurrency=1,
            no_catchup=True,
            enable_caching=False,
            params=parameters | wanted,
            pipeline_package_path=str(COMPILED / f"{schedule.pipeline}.yaml"),
        )
        ids.append(run.recurring_run_id)
    return ids


def main() -> None:
    """`python -m pipelines.schedules --host URL --lake URI --mlflow-uri URI ...`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", required=True, help="URL of the Kubeflow Pipelines API")
    parser.add_argument("--lake", required=True)
    parser.add_argument("--mlflow-uri", required=True)
    parser.add_argument("--feature-store", required=True, help="path of feature_store.yaml inside the image")
    parser.add_argument("--drift-workspace", required=True)
    parser.add_argument("--recipe", default="default")
    arguments = parser.parse_args()

    import kfp

    ids = apply(
        kfp.Client(host=arguments.host),
        recipe=arguments.recipe,
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
