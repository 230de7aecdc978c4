"""The gate: is the new ranker good enough to serve?"""

from __future__ import annotations

from typing import Any, NamedTuple

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from components.evaluate_ranker.models import AIR, AIR_WITHOUT_INTENTS, DISPLAY_NAMES
from components.gate_ranker.settings import GateSettings
from components.register_model.registry import RECORDED_METRICS, champion
from components.train_ranker.choice import WITHOUT_INTENTS


class GateDecision(NamedTuple):
    """Whether the ranker passed, and a sentence that says why or why not."""

    passed: bool
    reason: str


def judge(
    evaluation: dict[str, Any], settings: GateSettings, *, client: MlflowClient, model_name: str
) -> GateDecision:
    """Return whether a ranker passes: compared with its baselines, and with the champion's recorded metrics.

    The champion was measured on an earlier window, when it was registered: windows differ in difficulty, so
    leave `champion_loss` room for that. Without a champion, or with one of an older release, which measured
    among sampled products, only the baselines count. A baseline that is the ranker itself does not count: the
    control without intents is served where intents did not help.
    """
    bound = "low" if settings.significant else "high"
    over = [name for name in settings.over if not _is_served(name, evaluation)]
    leads = {
        (name, metric): evaluation["differences"][name][metric]
        for name in over
        for metric in RECORDED_METRICS
    }
    failures = [
        f"{metric} minus that of {DISPLAY_NAMES[name]} is {lead['mean']:+.4f} "
        f"[{lead['low']:+.4f}, {lead['high']:+.4f}]"
        for (name, metric), lead in leads.items()
        if not lead[bound] > settings.min_lead
    ]
    serving = champion(client, model_name)
    if serving is not None:
        failures += _below_champion(serving, evaluation, settings)
    if failures:
        return GateDecision(
            passed=False, reason=f"{evaluation['model_version']} is not registered: {'; '.join(failures)}"
        )
    metrics = ", ".join(f"{metric} {evaluation['models'][AIR][metric]:.4f}" for metric in RECORDED_METRICS)
    others = ", ".join(DISPLAY_NAMES[name] for name in over)
    relation = "above" if settings.significant else "not shown to be below"
    compared = f"champion {serving.version}" if serving else "no champion yet"
    return GateDecision(passed=True, reason=f"{metrics}: {relation} {others}; {compared}")


def _is_served(name: str, evaluation: dict[str, Any]) -> bool:
    """Return whether a ranker is the one that is judged: the control, where intents did not help."""
    return name == AIR_WITHOUT_INTENTS and bool(evaluation["choice"]["chosen"] == WITHOUT_INTENTS)


def _below_champion(serving: ModelVersion, evaluation: dict[str, Any], settings: GateSettings) -> list[str]:
    own_metrics = evaluation["models"][AIR]
    recorded = {
        metric: float(serving.tags[tag]) for metric, tag in RECORDED_METRICS.items() if tag in serving.tags
    }
    return [
        f"{metric} {own_metrics[metric]:.4f} is below champion {serving.version} with {before:.4f}"
        for metric, before in recorded.items()
        if own_metrics[metric] < before * (1 - settings.champion_loss)
    ]
