"""What the demo found: `summary.json` for programs, a few lines for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from airloom.simulation.truth import Judgement
from pipelines.demo.shoppers import ServedDay
from pipelines.local import PipelineRun


def summarise(
    *,
    dailies: Sequence[PipelineRun],
    training: PipelineRun,
    served: Sequence[ServedDay],
    judged: dict[str, Judgement],
    true_lift: float,
    model_name: str,
    seconds: dict[str, float],
) -> dict[str, Any]:
    """Every figure was measured by the runs that are handed in.

    Args:
        dailies: The daily runs, the first day first.
        training: The training run whose model served.
        served: The served days.
        judged: Reasoner to how its leaves agree with the hidden truth; `served` is what the service used.
        true_lift: The simulation's own relative effect on GMV per user.
        model_name: Of the registered model.
        seconds: By stage.
    """
    first, last = dailies[0], dailies[-1]
    latencies = [latency for day in served for latency in day.latencies_ms]
    return {
        "pipelines": {run.name: run.status for run in (last, training)},
        "validation": {
            key: sum(int(run.steps["validate-logs"].parameters[key]) for run in dailies)
            for key in ("rows", "quarantined")
        },
        "intents": _intents(dailies) | {"precision": judged["served"].precision, "recall": judged["served"].recall},
        "features": dict(last.steps["register-features"].parameters),
        "model": _model(training, model_name),
        "serving": {
            "requests": len(latencies) + sum(day.errors for day in served),
            "errors": sum(day.errors for day in served),
            "p50_ms": round(float(np.quantile(latencies, 0.5)), 2),
            "p99_ms": round(float(np.quantile(latencies, 0.99)), 2),
        },
    }
