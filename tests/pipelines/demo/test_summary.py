from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipelines.demo.shoppers import ServedDay
from pipelines.demo.summary import summarise, told
from pipelines.local import PipelineRun, Step


def step(parameters: dict[str, Any] | None = None, **metrics: float) -> Step:
    return Step(parameters or {}, {}, {"metrics": dict(metrics)})


def daily(*, rows: int, asked: int) -> PipelineRun:
    steps = {
        "validate-logs": step({"rows": rows, "quarantined": 3}),
        "collect-intents": step({"atoms": 100, "asked": asked, "cached": 100 - asked, "paths": 250}),
        "register-features": step({"views": ["user_history"], "service": "ranking_user_v1"}),
        "monitor-drift": step(checked=14, drifted=2),
    }
    return PipelineRun("airloom-daily", "SUCCEEDED", steps, 10.0, Path("run.log"))


def training(folder: Path) -> PipelineRun:
    models = {"air": {"hr10": 0.5, "ndcg10": 0.3}, "item_cf": {"hr10": 0.4, "ndcg10": 0.2}}
    (folder / "evaluation").write_text(json.dumps({"models": models, "differences": {}}))
    steps = {
        "evaluate-ranker": Step({}, {"evaluation": folder / "evaluation"}, {}),
        "register-model": step({"version": "3"}),
    }
    return PipelineRun("airloom-training", "SUCCEEDED", steps, 10.0, Path("run.log"))


def summary(folder: Path, *, lift: float | None = 0.2) -> dict[str, Any]:
    quality = {"all": {"videos": 10, "hit": 0.8, "precision": 0.5, "recall": 0.4}}
    experiment = dict.fromkeys(("variants", "always_valid_ci", "srm_p"))
    experiment |= {"gmv_per_user_lift": lift, "ci": None if lift is None else [0.1, 0.3]}
    experiment |= {"true_lift": 0.25, "verdict": "not enough data" if lift is None else "better"}
    return summarise(
        first=daily(rows=1000, asked=80),
        last=daily(rows=1200, asked=5),
        training=training(folder),
        served=[ServedDay([1.0] * 98, 1, {}, []), ServedDay([9.0, 9.0], 0, {}, [])],
        judged={"served": quality},
        experiment=experiment,
        model_name="airloom-ranker",
        seconds={"total": 1.0},
    )


def test_rows_are_those_of_the_last_run_which_counts_every_day(tmp_path: Path) -> None:
    assert summary(tmp_path)["validation"] == {"rows": 1200, "quarantined": 3}


def test_questions_of_all_runs_are_added_and_the_rest_had_its_answer(tmp_path: Path) -> None:
    intents = summary(tmp_path)["intents"]
    assert (intents["atoms"], intents["asked"], intents["cached"], intents["paths"]) == (100, 85, 15, 250)
    assert (intents["precision"], intents["recall"]) == (0.5, 0.4)


def test_the_model_is_what_training_registered(tmp_path: Path) -> None:
    model = summary(tmp_path)["model"]
    assert (model["version"], model["alias"], model["hr10"]) == ("3", "champion", 0.5)
    assert model["baselines"] == {"item_cf": {"hr10": 0.4, "ndcg10": 0.2}}


def test_errors_count_as_requests_and_latencies_are_quantiles(tmp_path: Path) -> None:
    assert summary(tmp_path)["serving"] == {"requests": 101, "errors": 1, "p50_ms": 1.0, "p99_ms": 9.0}


def test_the_terminal_says_it_in_a_few_lines(tmp_path: Path) -> None:
    text = told(summary(tmp_path), Path("index.html"))
    assert "GMV per user +20.0% [+10.0%, +30.0%], true lift +25.0%: better" in text
    assert "2 of 14 columns" in text


def test_an_experiment_without_an_estimate_is_said_to_have_none(tmp_path: Path) -> None:
    assert "no estimate yet" in told(summary(tmp_path, lift=None), Path("index.html"))
