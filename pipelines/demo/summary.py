"""What the demo found: `summary.json` for programs, a few lines for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.demo.shoppers import ServedDay
from pipelines.local import PipelineRun

Figures = dict[str, Any]


def summarise(
    *,
    first: PipelineRun,
    last: PipelineRun,
    training: PipelineRun,
    served: Sequence[ServedDay],
    judged: dict[str, Figures],
    experiment: Figures,
    model_name: str,
    seconds: dict[str, float],
) -> Figures:
    """All figures of a demo; each was measured by one of its runs.

    Args:
        first: The daily run of the history.
        last: The daily run after the served days.
        training: The training run whose model served.
        served: The served days.
        judged: Reasoner to how its leaves agree with the hidden truth; `served` is what the service used.
        experiment: The last experiment report, as `airloom.experiments.results` writes it.
        model_name: Of the registered model.
        seconds: By stage.
    """
    steps = last.steps
    latencies = [latency for day in served for latency in day.latencies_ms]
    errors = sum(day.errors for day in served)
    return {
        "pipelines": {run.name: run.status for run in (last, training)},
        "validation": {key: int(steps["validate-logs"].parameters[key]) for key in ("rows", "quarantined")},
        "intents": _intents(first, last, judged),
        "features": steps["register-features"].parameters,
        "model": _model(training, model_name),
        "serving": {
            "requests": len(latencies) + errors,
            "errors": errors,
            "p50_ms": round(float(np.quantile(latencies, 0.5)), 2),
            "p99_ms": round(float(np.quantile(latencies, 0.99)), 2),
        },
        "experiment": {
            key: experiment[key]
            for key in (
                "variants",
                "gmv_per_user_lift",
                "ci",
                "always_valid_ci",
                "true_lift",
                "srm_p",
                "verdict",
            )
        },
        "drift": {
            key: int(steps["monitor-drift"].metadata["metrics"][key]) for key in ("checked", "drifted")
        },
        "seconds": seconds,
    }


def told(summary: Figures, index: Path) -> str:
    """The summary for a terminal."""
    intents, model, serving = summary["intents"], summary["model"], summary["serving"]
    experiment, baselines = summary["experiment"], summary["model"]["baselines"]
    validation = summary["validation"]
    lines = {
        "logs": f"{validation['rows']:,} rows, {validation['quarantined']:,} quarantined",
        "intents": f"{intents['atoms']:,} atoms, {intents['asked']:,} asked, {intents['cached']:,} cached, "
        f"{intents['paths']:,} paths; against the hidden truth precision {intents['precision']:.3f}, "
        f"recall {intents['recall']:.3f}",
        "ranker": f"{model['name']} v{model['version']} ({model['alias']}): HR@10 {model['hr10']:.3f}; "
        + ", ".join(f"{name} {found['hr10']:.3f}" for name, found in baselines.items()),
        "serving": f"{serving['requests']:,} requests, {serving['errors']} errors, "
        f"p50 {serving['p50_ms']:.1f} ms, p99 {serving['p99_ms']:.1f} ms",
        "A/B test": f"{lift_in_words(experiment)}, true lift {experiment['true_lift']:+.1%}: "
        f"{experiment['verdict']}",
        "drift": f"{summary['drift']['drifted']} of {summary['drift']['checked']} columns",
        "report": str(index),
    }
    return "\n".join(f"{name:<9} {text}" for name, text in lines.items())


def lift_in_words(experiment: Figures) -> str:
    """The lift of GMV per user with its interval, or that there is none yet."""
    if experiment["gmv_per_user_lift"] is None:
        return "GMV per user: no estimate yet"
    low, high = experiment["ci"]
    return f"GMV per user {experiment['gmv_per_user_lift']:+.1%} [{low:+.1%}, {high:+.1%}]"


def _intents(first: PipelineRun, last: PipelineRun, judged: dict[str, Figures]) -> Figures:
    collected = [run.steps["collect-intents"].parameters for run in (first, last)]
    return {
        "reasoner": "recorded LLM answers, then encoder",
        "atoms": int(collected[-1]["atoms"]),
        "asked": sum(int(found["asked"]) for found in collected),
        "cached": int(collected[-1]["atoms"]) - sum(int(found["asked"]) for found in collected),
        "paths": int(collected[-1]["paths"]),
        "precision": round(judged["served"]["all"]["precision"], 4),
        "recall": round(judged["served"]["all"]["recall"], 4),
        "by_reasoner": {
            name: {key: round(found["all"][key], 4) for key in ("videos", "hit", "precision", "recall")}
            for name, found in judged.items()
        },
    }


def _model(training: PipelineRun, model_name: str) -> Figures:
    evaluation = json.loads(
        training.steps["evaluate-ranker"].artifacts["evaluation"].read_text(encoding="utf-8")
    )
    registered = training.steps.get("register-model")
    models = {
        name: {key: round(found[key], 4) for key in ("hr10", "ndcg10")}
        for name, found in evaluation["models"].items()
    }
    return {
        "name": model_name,
        "version": registered.parameters["version"] if registered else None,
        "alias": "champion" if registered else None,
        **models.pop("air"),
        "baselines": models,
        "differences": evaluation["differences"],
    }
