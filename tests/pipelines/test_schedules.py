from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from pipelines.compile import COMPILED
from pipelines.schedules import SCHEDULES, apply

PLACES = {
    "lake": "/lake",
    "feature_store": "/etc/feast/feature_store.yaml",
    "mlflow_uri": "http://mlflow:5000",
    "drift_workspace": "/lake/evidently",
}


class Server:
    """The part of a Kubeflow Pipelines server that schedules touch."""

    def __init__(self) -> None:
        self.runs: dict[str, dict[str, Any]] = {}
        self.packages: dict[str, list[Any]] = {}

    def create_experiment(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(experiment_id=name)

    def list_recurring_runs(self, **_: Any) -> SimpleNamespace:
        runs = [
            SimpleNamespace(recurring_run_id=key, display_name=run["job_name"])
            for key, run in self.runs.items()
        ]
        return SimpleNamespace(recurring_runs=runs)

    def delete_recurring_run(self, run_id: str) -> None:
        del self.runs[run_id]

    def create_recurring_run(self, **run: Any) -> SimpleNamespace:
        run_id = f"run-{len(self.packages)}"
        package = Path(run["pipeline_package_path"]).read_text(encoding="utf-8")
        self.packages[run_id] = list(yaml.safe_load_all(package))
        self.runs[run_id] = run
        return SimpleNamespace(recurring_run_id=run_id)


@pytest.fixture
def server() -> Server:
    return Server()


def test_doing_it_twice_leaves_one_run_of_each_pipeline(server: Server) -> None:
    for _ in range(2):
        apply(server, recipe="default", places=PLACES, lake_claim="")
    assert sorted(run["job_name"] for run in server.runs.values()) == ["airloom-daily", "airloom-training"]


def test_a_run_gets_exactly_the_parameters_that_its_pipeline_has(server: Server) -> None:
    apply(server, recipe="default", places=PLACES, lake_claim="")
    for run in server.runs.values():
        compiled = next(yaml.safe_load_all((COMPILED / f"{run['job_name']}.yaml").read_text()))
        known = compiled["root"]["inputDefinitions"]["parameters"]
        needed = {name for name, spec in known.items() if not spec.get("isOptional")}
        assert needed <= set(run["params"]) <= set(known)


def test_every_step_mounts_the_lake_where_a_claim_is_given(server: Server) -> None:
    apply(server, recipe="default", places=PLACES, lake_claim="airloom-lake")
    for spec, platforms in server.packages.values():
        steps = platforms["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
        assert set(steps) == set(spec["deploymentSpec"]["executors"])
        assert {step["pvcMount"][0]["mountPath"] for step in steps.values()} == {"/lake"}


def test_only_the_step_that_asks_gets_the_key_of_the_language_model(server: Server) -> None:
    apply(server, recipe="default", places=PLACES, lake_claim="airloom-lake")
    daily = next(key for key, run in server.runs.items() if run["job_name"] == "airloom-daily")
    steps = server.packages[daily][1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]

    with_key = {
        name
        for name, step in steps.items()
        for secret in step["secretAsEnv"]
        if secret["keyToEnv"][0]["envVar"] == "OPENAI_API_KEY"
    }

    assert with_key == {"exec-distill-intents"}


def test_schedules_have_the_six_fields_that_kubeflow_reads() -> None:
    assert all(len(schedule.cron.split()) == 6 for schedule in SCHEDULES)
