"""The figures of a demo: collected from its runs, and as a few lines for the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from airloom.experiments.results import Headline
from airloom.ranking.reasons.faithfulness import Faithfulness
from airloom.simulation.truth import IntentQuality
from components.evaluate_ranker.models import (
    AIR,
    AIR_WITH_INTENTS,
    AIR_WITHOUT_INTENTS,
    DISPLAY_NAMES,
    ITEM_CF,
)
from pipelines.demo.served_days import ServedDay
from pipelines.local import PipelineRun
from pipelines.report.demo_summary import (
    DemoSummary,
    DriftFigures,
    IntentFigures,
    ModelFigures,
    PageFigures,
    RankingQuality,
    ReasonFigures,
    ServingFigures,
    ValidatedRows,
)

EXPERIMENT_KEYS: Final = (
    "experiment",
    "variants",
    "control",
    "treatment",
    "primary",
    "confidence",
    "lift",
    "lift_ci",
    "lift_always_valid_ci",
    "true_lift",
    "srm_p",
    "verdict",
    "gmv_per_user_lift",  # with the next two: an older release's keys, given for one more
    "ci",
    "always_valid_ci",
)
"""What the summary holds of the experiment's results."""
MAX_CAUSES: Final = 3
"""Causes that the terminal shows of a variant."""


def summarize_demo(
    *,
    first: PipelineRun,
    last: PipelineRun,
    training: PipelineRun,
    served: Sequence[ServedDay],
    intent_quality: Mapping[str, Mapping[str, IntentQuality]],
    experiment: Mapping[str, Any],
    model_name: str,
    seconds: Mapping[str, float],
) -> DemoSummary:
    """Return all figures of a demo; each was measured by one of its runs.

    Args:
        first: The daily run of the history.
        last: The daily run after the served days.
        training: The training run whose model served.
        served: The served days.
        intent_quality: Of `compare_reasoners`; `served` is what the service used.
        experiment: The last experiment report, as `airloom.experiments.results` writes it.
        model_name: Of the registered model.
        seconds: By stage.
    """
    steps = last.steps
    validation, drift = steps["validate-logs"].parameters, steps["monitor-drift"].metadata["metrics"]
    return DemoSummary(
        pipelines={run.name: run.status for run in (last, training)},
        validation=ValidatedRows(int(validation["rows"]), int(validation["quarantined"])),
        intents=_intents(first, last, intent_quality),
        features=steps["register-features"].parameters,
        model=_model(training, model_name),
        serving=_serving(served),
        experiment={key: experiment[key] for key in EXPERIMENT_KEYS},
        drift=DriftFigures(int(drift["checked"]), int(drift["drifted"])),
        seconds=seconds,
        reasons=_reasons(served),
    )


def format_demo_summary(summary: DemoSummary, index: Path) -> str:
    """Return the summary as a few lines for the terminal."""
    intents, model, serving, headline = summary.intents, summary.model, summary.serving, summary.headline
    baselines = ", ".join(
        f"{DISPLAY_NAMES.get(name, name)} {quality.hr10:.3f}" for name, quality in model.baselines.items()
    )
    lines = {
        "logs": f"{summary.validation.rows:,} rows, {summary.validation.quarantined:,} quarantined",
        "intents": f"{intents.atoms:,} atoms, {intents.asked:,} asked, {intents.cached:,} cached, "
        f"{intents.paths:,} paths, {intents.unreadable:,} unreadable; "
        f"against the hidden truth precision {intents.precision:.3f}, recall {intents.recall:.3f}",
        "ranker": f"{model.name} v{model.version} ({model.alias}): HR@10 {model.hr10:.3f}; {baselines}",
        "pages": format_pages(summary.pages) if summary.pages else "not measured",
        "serving": f"{serving.requests:,} requests, {serving.errors} errors, "
        f"p50 {serving.p50_ms:.1f} ms, p99 {serving.p99_ms:.1f} ms",
        "reasons": "; ".join(format_reasons(*figures) for figures in summary.reasons.items()),
        "A/B test": f"{format_lift(headline)}: {headline.verdict}",
        "drift": f"{summary.drift.drifted} of {summary.drift.checked} columns",
        "report": str(index),
    }
    return "\n".join(f"{name:<9} {text}" for name, text in lines.items())


def format_reasons(variant: str, reasons: ReasonFigures) -> str:
    """Return how many products of a variant have a chain, whether all are true, and the most named causes."""
    causes = sorted(reasons.causes.items(), key=lambda pair: -pair[1])[:MAX_CAUSES]
    named = ", ".join(f"{cause} {share:.0%}" for cause, share in causes)
    if reasons.true_chains is None:
        return f"{variant}: {named}"
    return f"{variant}: {reasons.true_chains:.1%} of chains true; {named}"


def format_lift(headline: Headline) -> str:
    """Return the change of the primary metric with its interval, or that there is no estimate yet."""
    label = headline.metric.label
    truth = "" if headline.true_lift is None else f", true lift {headline.true_lift:+.1%}"
    if headline.lift is None:
        return f"{label}: no estimate yet{truth}"
    low, high = headline.lift.ci
    return f"{label} {headline.lift.relative:+.1%} [{low:+.1%}, {high:+.1%}]{truth}"


def _reasons(served: Sequence[ServedDay]) -> dict[str, ReasonFigures]:
    figures = {}
    for variant in sorted({name for day in served for name in day.reasons}):
        checked = Faithfulness.total(day.reasons[variant] for day in served if variant in day.reasons)
        figures[variant] = ReasonFigures(
            products=checked.products,
            true_chains=checked.true_share,
            with_chain=round(checked.chain_share, 4),
            causes={cause: round(share, 4) for cause, share in checked.cause_shares.items()},
        )
    return figures


def format_pages(pages: PageFigures) -> str:
    """Return what pages of ten of the whole shop bring by ranker, beside the best possible."""
    rankers = ", ".join(
        f"{DISPLAY_NAMES.get(name, name)} {orders:.2f} orders ({orders / pages.best_orders:.0%}) and "
        f"{pages.gmv[name]:.1f} USD"
        for name, orders in pages.orders.items()
        if name in (AIR, AIR_WITH_INTENTS, AIR_WITHOUT_INTENTS, ITEM_CF)
    )
    return f"{rankers}; at best {pages.best_orders:.2f} orders or {pages.best_gmv:.1f} USD"


def _serving(served: Sequence[ServedDay]) -> ServingFigures:
    latencies = [latency for day in served for latency in day.latencies_ms]
    errors = sum(day.errors for day in served)
    p50, p99 = (round(float(np.quantile(latencies, q)), 2) for q in (0.5, 0.99))
    return ServingFigures(len(latencies) + errors, errors, p50, p99)


def _intents(
    first: PipelineRun, last: PipelineRun, quality: Mapping[str, Mapping[str, IntentQuality]]
) -> IntentFigures:
    collected = [run.steps["collect-intents"].parameters for run in (first, last)]
    atoms, asked = int(collected[-1]["atoms"]), sum(int(parameters["asked"]) for parameters in collected)
    overall = {name: _rounded(by_language["all"]) for name, by_language in quality.items()}
    return IntentFigures(
        reasoner="recorded LLM answers, then encoder",
        atoms=atoms,
        asked=asked,
        cached=atoms - asked,
        paths=int(collected[-1]["paths"]),
        precision=overall["served"].precision,
        recall=overall["served"].recall,
        by_reasoner=overall,
        unreadable=int(last.steps["collect-intents"].metadata["metrics"]["unreadable"]),
    )


def _rounded(quality: IntentQuality) -> IntentQuality:
    return IntentQuality(
        quality.videos, round(quality.hit, 4), round(quality.precision, 4), round(quality.recall, 4)
    )


def _model(training: PipelineRun, model_name: str) -> ModelFigures:
    file = training.steps["evaluate-ranker"].artifacts["evaluation"]
    evaluation = json.loads(file.read_text(encoding="utf-8"))
    registered = training.steps.get("register-model")
    models = {
        name: RankingQuality(round(metrics["hr10"], 4), round(metrics["ndcg10"], 4))
        for name, metrics in evaluation["models"].items()
    }
    air = models.pop("air")
    return ModelFigures(
        name=model_name,
        version=registered.parameters["version"] if registered else None,
        alias="champion" if registered else None,
        hr10=air.hr10,
        ndcg10=air.ndcg10,
        baselines=models,
        differences=evaluation["differences"],
    )
