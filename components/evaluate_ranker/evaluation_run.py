"""Evaluates the trained ranker beside its control and the baselines, and records the result."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from airloom.files import write_text
from airloom.logs.lake import Lake
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.candidates.recall import recall
from airloom.ranking.evaluation.evaluate import LEADING, evaluate
from airloom.ranking.evaluation.settings import EvaluationSettings
from airloom.settings import as_dict
from components.build_training_set.dataset import LabelWindow, describe, read_window
from components.evaluate_ranker.explained_pages import explained_pages
from components.evaluate_ranker.models import AIR
from components.evaluate_ranker.rankers import compared_rankers
from components.evaluate_ranker.reason_check import check_reasons
from components.evaluate_ranker.report import evaluation_report
from components.page_store import store_pages
from components.train_ranker.behaviors import with_behaviors
from components.train_ranker.choice import CHOICE
from components.train_ranker.tracking import open_client
from components.train_ranker.training_run import CURVES

PROPOSED: Final = 500
"""Candidates among which a target should be: recall@500."""


def evaluate_and_record(  # noqa: PLR0913 - what the step is given
    dataset: Path,
    model: Path,
    *,
    generators: Path,
    lake: str,
    settings: EvaluationSettings,
    mlflow_uri: str,
    run_id: str,
    evaluation: Path,
    report: Path,
) -> dict[str, float]:
    """Compare on the evaluation window; write JSON and an HTML report, and add both to the MLflow run.

    The explained pages, which show what single users did, are written to the lake alone.

    Returns:
        The numbers that a pipeline run shows: all metrics of AIR, `hr10` and `ndcg10` of every other ranker,
        the recall of the candidates, and how true the reasons are.
    """
    window = read_window(dataset, "evaluation", lake=lake)
    air, rankers, served = compared_rankers(model, window.snapshot)
    if air.settings.inputs.use_inferred:
        window = window._replace(examples=with_behaviors(window, generators, "now"))
    proposed = Candidates(window.snapshot, replace(served.settings, limit=PROPOSED))
    result: dict[str, Any] = {
        "model_version": air.version,
        "dataset": describe(dataset),
        "settings": as_dict(settings),
        "choice": json.loads((model / CHOICE).read_text(encoding="utf-8")),
        **evaluate(rankers, window.examples, window.snapshot, served, settings),
        "recall": _recall(window, proposed),
        "reasons": check_reasons(air, window.examples, window.snapshot, served),
    }
    write_text(evaluation, json.dumps(result, indent=2, sort_keys=True) + "\n")
    curves = json.loads((model / CURVES).read_text(encoding="utf-8"))
    write_text(report, evaluation_report(result, curves))
    pages = explained_pages(air, window.examples, window.snapshot, served)
    store_pages(Lake(lake), air.version, pages)  # in no artifact: only the lake forgets users

    numbers = dict(result["models"][AIR]) | {
        f"{name}_{metric}": metrics[metric]
        for name, metrics in result["models"].items()
        for metric in LEADING
        if name != AIR
    }
    numbers[f"recall{PROPOSED}"] = result["recall"]["union"]
    checked = {f"reasons_{name}": result["reasons"][name] for name in ("true_chains", "with_chain")}
    numbers |= {name: share for name, share in checked.items() if share is not None}
    client = open_client(mlflow_uri)
    for name, value in numbers.items():
        client.log_metric(run_id, name, value)
    client.log_text(run_id, evaluation.read_text(encoding="utf-8"), "evaluation.json")
    client.log_text(run_id, report.read_text(encoding="utf-8"), "evaluation.html")
    return numbers


def _recall(window: LabelWindow, candidates: Candidates) -> dict[str, Any]:
    """Return how often, and by which source, the ordered product is among the generated candidates."""
    shares = recall(candidates, window.examples)
    return {
        "limit": PROPOSED,
        "union": shares.union,
        "alone": dict(shares.single),
        "without": dict(shares.without),
    }
