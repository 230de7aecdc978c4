"""A training run in a few lines for the terminal."""

from __future__ import annotations

import json

from pipelines.local import PipelineRun


def told(run: PipelineRun) -> str:
    """Every ranker's metrics on the evaluation window, AIR's lead with its interval, the gate's verdict."""
    found = json.loads(run.steps["evaluate-ranker"].artifacts["evaluation"].read_text(encoding="utf-8"))
    head = (
        f"{run.name} {run.status} in {run.seconds:.0f} s; log: {run.log}\n"
        f"{found['targets']:,} later orders of {found['users']:,} users, "
        f"each among {found['candidates']:,.0f} products"
    )
    lines = [
        head,
        f"{'ranker':<22}{'HR@10':>8}{'NDCG@10':>9}   AIR leads in HR@10 by",
    ]
    for name, metrics in found["models"].items():
        lead = found["differences"].get(name, {}).get("hr10")
        interval = f"   {lead['mean']:+.4f} [{lead['low']:+.4f}, {lead['high']:+.4f}]" if lead else ""
        lines.append(f"{name:<22}{metrics['hr10']:>8.4f}{metrics['ndcg10']:>9.4f}{interval}")
    registered = run.steps.get("register-model")
    version = f"registered as version {registered.parameters['version']}" if registered else "not registered"
    verdict = run.steps["gate-ranker"].artifacts["verdict"].read_text(encoding="utf-8").strip()
    return "\n".join([*lines, f"gate: {verdict}; {version}"])
