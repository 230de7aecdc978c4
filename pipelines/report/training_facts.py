"""What a training left: the evaluation of its ranker, its data and its settings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airloom.settings import flat
from pipelines.local import PipelineRun
from pipelines.report.past_runs import having

EVALUATE, TRAIN, GATE, REGISTER = "evaluate-ranker", "train-ranker", "gate-ranker", "register-model"


@dataclass(frozen=True)
class TrainingFacts:
    """One training.

    Attributes:
        day: The last day that it read.
        evaluation: As `components.evaluate_ranker` writes it.
        verdict: The gate's sentence.
        version: Its number in the registry; None if the gate did not let it pass.
        mlflow_run: The id of its MLflow run.
        settings: Those of the ranker, by their names in a recipe: `training.ranker.network.width`.
    """

    day: str
    evaluation: dict[str, Any]
    verdict: str
    version: str | None
    mlflow_run: str
    settings: dict[str, Any]

    @property
    def model(self) -> str:
        """The model's one name on pages, in exposures and reports: `air-` and a digest of its weights."""
        name: str = self.evaluation["model_version"]
        return name


def read_trainings(runs: Sequence[PipelineRun]) -> list[TrainingFacts]:
    """Return every training that a home still holds, by day."""
    return [_read(run) for run in having(runs, EVALUATE)]


def _read(run: PipelineRun) -> TrainingFacts:
    steps = run.steps
    registered, trained = steps.get(REGISTER), steps.get(TRAIN)
    config = trained.artifacts["model"] / "ranker" / "config.json" if trained else Path()
    return TrainingFacts(
        day=run.day,
        evaluation=json.loads(steps[EVALUATE].artifacts["evaluation"].read_text(encoding="utf-8")),
        verdict=steps[GATE].artifacts["verdict"].read_text(encoding="utf-8").strip() if GATE in steps else "",
        version=registered.parameters["version"] if registered else None,
        mlflow_run=trained.parameters.get("run_id", "") if trained else "",
        settings=_recipe_settings(config) if config.is_file() else {},
    )


def _recipe_settings(config: Path) -> dict[str, Any]:
    """Return the settings in the description of a stored ranker."""
    return flat(json.loads(config.read_text(encoding="utf-8"))["settings"], "training.ranker.")
