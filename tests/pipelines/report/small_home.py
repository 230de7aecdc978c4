"""A home as runs leave it, without running them: their records, outputs and reports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from airloom.html_report.report import render_report
from airloom.logs.lake import Lake
from components.page_store import store_pages
from pipelines.home import Home
from pipelines.local import LOG, RECORD

DAY = date(2026, 3, 15)
METRICS = {"rows": 0, "checked": 13, "drifted": 1}
MODELS = {
    "air": {"hr10": 0.45, "ndcg10": 0.23},
    "item_cf": {"hr10": 0.23, "ndcg10": 0.12},
    "popularity": {"hr10": 0.05, "ndcg10": 0.03},
}


class RunOnDisk:
    """What one pipeline run leaves in a home."""

    def __init__(self, home: Home, pipeline: str, day: date, *, succeeded: bool = True) -> None:
        self.folder = home.run(pipeline, str(day))
        self.folder.mkdir(parents=True)
        (self.folder / LOG).write_text("the whole output")
        if succeeded:
            record = {"name": pipeline, "status": "SUCCEEDED", "seconds": 63.0}
            (self.folder / RECORD).write_text(json.dumps(record))

    def step(
        self,
        name: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        metrics: Mapping[str, float] | None = None,
        **artifacts: str | Mapping[str, str],
    ) -> RunOnDisk:
        """Write what a step returned; an artifact is a text, or a folder of texts by path."""
        folder = self.folder / name
        folder.mkdir()
        entries = {}
        for key, content in artifacts.items():
            files = {"": content} if isinstance(content, str) else content
            for path, text in files.items():
                file = folder / key / path if path else folder / key
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            # the place where the step ran: the home may have been moved since
            entries[key] = {"artifacts": [{"uri": f"/elsewhere/{name}/{key}", "metadata": {}}]}
        if metrics is not None:
            entries["metrics"] = {"artifacts": [{"uri": f"/elsewhere/{name}/metrics", "metadata": metrics}]}
        output = {"parameterValues": parameters or {}, "artifacts": entries}
        (folder / "executor_output.json").write_text(json.dumps(output))
        return self


def report(title: str) -> str:
    return render_report(title=title, summary="観る 👀", sections=[])


def daily_run(home: Home, day: date = DAY, *, atoms: int = 100, **validated: Any) -> RunOnDisk:
    rows = {"events_landed": 700, "events_quarantined": 12, "objects_landed": 300}
    returned = {"rows": 1000, "quarantined": 12, "missing_days": [], "withdrawn": []} | validated
    collected = {"atoms": atoms, "asked": 10, "cached": 90, "paths": 250}
    run = RunOnDisk(home, "airloom-daily", day)
    run.step("validate-logs", returned, metrics=rows, data_docs={"index.html": report("Validation")})
    run.step("distill-intents", metrics={"fallback": 4})
    run.step("collect-intents", collected, metrics={"with_paths": 80, "unreadable": 3})
    run.step("report-experiment", report=report("A/B"))
    return run.step("monitor-drift", {"Output": False}, metrics=METRICS, report=report("Drift"))


def explained_page(number: int) -> dict[str, Any]:
    intents = {"cause": "intents", "chain": ["pets", "猫ベッド"], "events": ["view: cat 🐈"]}
    popular: dict[str, Any] = {"cause": "popularity", "chain": [], "events": []}
    items = [{"title": "bed", "price": 9.5} | reason for reason in (intents, popular)]
    return {"user": f"User {number}", "events": 40, "ordered": "bed", "position": None, "items": items}


def training_run(
    home: Home,
    day: date = DAY,
    *,
    version: str | None = "1",
    hr10: float = 0.45,
    sampled: bool = False,
    intents: Mapping[str, str] = {"intents": "llm-qwen"},
) -> RunOnDisk:
    window = {"from": "2026-03-12", "before": "2026-03-14", "rows": 427, "snapshot": "8779"}
    lead = {"mean": 0.2, "low": 0.1, "high": 0.3}
    evaluation: dict[str, Any] = {
        "model_version": f"air-{day:%m%d}",
        "targets": 73,
        "users": 51,
        **({"candidates": 1000.0} if sampled else {"lists": 70, "products": 2600, "candidates": 300}),
        "dataset": {"train": window | {"versions": dict(intents)}, "evaluation": window},
        "settings": {"confidence": 0.95},
        "models": MODELS | {"air": {"hr10": hr10, "ndcg10": 0.23}},
        "differences": {name: {"hr10": lead, "ndcg10": lead} for name in MODELS if name != "air"},
    }
    settings = {"settings": {"price_exponent": 0.0, "towers": {"ids": {"ensemble_members": 2}}}}
    pages = {f"user-{number}": explained_page(number) for number in range(1, 7)}
    store_pages(Lake(home.lake), evaluation["model_version"], pages)
    run = RunOnDisk(home, "airloom-training", day)
    run.step("train-ranker", {"run_id": "2c04"}, model={"ranker/config.json": json.dumps(settings)})
    run.step("evaluate-ranker", evaluation=json.dumps(evaluation), report=report("Ranker"))
    run.step("gate-ranker", {"Output": version is not None}, verdict="hr10 0.4500: above item_cf")
    return run if version is None else run.step("register-model", {"version": version})


def quarantined_rows(home: Home, *reasons: str, day: date = DAY) -> None:
    file = home.lake / "quarantine" / "events" / f"dt={day}" / "part-0.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"user_id": ["u1"] * len(reasons), "reason": list(reasons)}), file)


def experiment_results(
    home: Home,
    *,
    day: date = DAY,
    users: int = 70,
    lift: float | None = 0.2,
    name: str = "air-against-item-cf",
    verdict: str = "better",
) -> None:
    variant = {"users": users, "impressions": 10 * users}
    results = {
        "experiment": name,
        "control": "item_cf",
        "treatment": "air",
        "primary": "gmv_per_user",
        "confidence": 0.95,
        "verdict": "not enough data" if lift is None else verdict,
        "lift": lift,
        "lift_ci": [0.1, 0.3],
        "lift_always_valid_ci": [0.05, 0.4],
        "true_lift": None,
        "variants": {"air": variant, "item_cf": variant},
    }
    file = home.lake / "experiments" / name / f"{day}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(results))
