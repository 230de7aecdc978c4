"""The runs of a small demo, and their summary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from airloom.simulation.truth import IntentQuality
from pipelines.demo.served_days import ServedDay
from pipelines.demo.summary import EXPERIMENT_KEYS, summarize_demo
from pipelines.local import PipelineRun, StepResult
from pipelines.report.demo_summary import DemoSummary

REASONS: dict[str, Any] = {
    "air": {"products": 100, "chains": 80, "true_chains": 80, "causes": {"intents": 80, "sequence": 20}},
    "item_cf": {"products": 50, "chains": 0, "true_chains": 0, "causes": {"bought_together": 50}},
}
"""What was counted on a day, see `ServedReasons`."""


def step(parameters: dict[str, Any] | None = None, **metrics: float) -> StepResult:
    return StepResult(parameters or {}, {}, {"metrics": dict(metrics)})


def daily(*, rows: int, asked: int) -> PipelineRun:
    steps = {
        "validate-logs": step({"rows": rows, "quarantined": 3}),
        "collect-intents": step(
            {"atoms": 100, "asked": asked, "cached": 100 - asked, "paths": 250}, unreadable=2
        ),
        "register-features": step({"views": ["user_history"], "service": "ranking_user_v1"}),
        "monitor-drift": step(checked=14, drifted=2),
    }
    return PipelineRun("airloom-daily", "SUCCEEDED", steps, 10.0, Path("run.log"))


def training(folder: Path) -> PipelineRun:
    models = {"air": {"hr10": 0.5, "ndcg10": 0.3}, "item_cf": {"hr10": 0.4, "ndcg10": 0.2}}
    (folder / "evaluation").write_text(json.dumps({"models": models, "differences": {}}))
    steps = {
        "evaluate-ranker": StepResult({}, {"evaluation": folder / "evaluation"}, {}),
        "register-model": step({"version": "3"}),
    }
    return PipelineRun("airloom-training", "SUCCEEDED", steps, 10.0, Path("run.log"))


def experiment(primary: str, lift: float | None) -> dict[str, Any]:
    """The keys of an experiment's results that the summary takes."""
    values: dict[str, Any] = dict.fromkeys(EXPERIMENT_KEYS)
    variant = {"users": 70, "impressions": 700}
    values |= {"experiment": "air-against-item-cf", "variants": {"air": variant, "item_cf": variant}}
    values |= {"primary": primary, "control": "item_cf", "treatment": "air", "confidence": 0.95, "lift": lift}
    if lift is not None:
        values |= {"lift_ci": [0.1, 0.3], "lift_always_valid_ci": [0.05, 0.4]}
    return values | {"true_lift": 0.25, "verdict": "not enough data" if lift is None else "better"}


def summary(
    folder: Path, *, lift: float | None = 0.2, primary: str = "gmv_per_user", true_lift: float | None = 0.25
) -> DemoSummary:
    quality = {"all": IntentQuality(10, 0.8, 0.5, 0.4)}
    return summarize_demo(
        first=daily(rows=1000, asked=80),
        last=daily(rows=1200, asked=5),
        training=training(folder),
        served=[ServedDay([1.0] * 98, 1, {}, [], REASONS), ServedDay([9.0, 9.0], 0, {}, [], REASONS)],
        intent_quality={"served": quality},
        experiment=experiment(primary, lift) | {"true_lift": true_lift},
        model_name="airloom-ranker",
        seconds={"total": 1.0},
    )
