"""A training run in a few lines for the terminal."""

from __future__ import annotations

import json

from components.evaluate_ranker.models import DISPLAY_NAMES
from pipelines.home import Home
from pipelines.local import PipelineRun
from pipelines.report.collect import INDEX
from pipelines.report.next_step import next_step


def format_training_summary(run: PipelineRun, home: Home) -> str:
    """Return every ranker's metrics, AIR's lead with its interval, the gate's verdict and the next step."""
    evaluation = json.loads(run.steps["evaluate-ranker"].artifacts["evaluation"].read_text(encoding="utf-8"))
    head = (
        f"{run.name} {run.status} in {run.seconds:.0f} s; log: {run.log}\n"
        f"{evaluation['targets']:,} later orders of {evaluation['users']:,} users, "
        f"in lists of all {evaluation['products']:,} products on sale"
    )
    lines = [
        head,
        f"{'ranker':<22}{'HR@10':>8}{'NDCG@10':>9}   HR@10 of AIR minus this",
    ]
    for name, metrics in evaluation["models"].items():
        lead = evaluation["differences"].get(name, {}).get("hr10")
        interval = f"   {lead['mean']:+.4f} [{lead['low']:+.4f}, {lead['high']:+.4f}]" if lead else ""
        lines.append(
            f"{DISPLAY_NAMES.get(name, name):<22}{metrics['hr10']:>8.4f}{metrics['ndcg10']:>9.4f}{interval}"
        )
    registered = run.steps.get("register-model")
    verdict = run.steps["gate-ranker"].artifacts["verdict"].read_text(encoding="utf-8").strip()
    state = f"registered as version {registered.parameters['version']}" if registered else "not registered"
    gate = f"gate: {verdict}; {evaluation['model_version']} is {state}"
    return "\n".join([*lines, gate, f"next: {next_step(home)}; report: {home.report / INDEX}"])
