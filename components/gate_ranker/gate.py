"""Is the new ranker good enough to serve?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from components.register_model.registry import RECORDED_METRICS, champion


@dataclass(frozen=True)
class GateSettings:
    """What a new ranker must show.

    Attributes:
        over: Rankers of the evaluation that it must beat: `item_cf`, `popularity`, `sequence` or
            `air_without_intents`.
        least_lead: By how much, in HR@10 and NDCG@10.
        surely: Whether the whole interval of the lead must lie above, not only its mean.
        champion_loss: How much lower than the champion's recorded metrics its own may be, as a share of them.
    """

    over: tuple[str, ...] = ("item_cf", "popularity")
    least_lead: float = 0.0
    surely: bool = False
    champion_loss: float = 0.1


class Verdict(NamedTuple):
    """Whether the ranker passed, and a sentence that says why or why not."""

    passed: bool
    reason: str


def judge(
    evaluation: dict[str, Any], settings: GateSettings, *, client: MlflowClient, model_name: str
) -> Verdict:
    """Compare an evaluation with its baselines and with what the registry says of the champion.

    The champion was measured on an earlier window, when it was registered: windows differ in difficulty, so
    leave `champion_loss` room for that. Without a champion only the baselines count.
    """
    bound = "low" if settings.surely else "mean"
    faults = [
        f"{metric} leads {name} by {evaluation['differences'][name][metric][bound]:+.4f}"
        for name in settings.over
        for metric in RECORDED_METRICS
        if not evaluation["differences"][name][metric][bound] > settings.least_lead
    ]
    serving = champion(client, model_name)
    if serving is not None:
        faults += _against(serving, evaluation, settings)
    if faults:
        return Verdict(passed=False, reason=f"{evaluation['model_version']} stays out: {'; '.join(faults)}")
    found = ", ".join(f"{metric} {evaluation['models']['air'][metric]:.4f}" for metric in RECORDED_METRICS)
    rival = f"champion {serving.version}" if serving else "no champion yet"
    return Verdict(passed=True, reason=f"{found}: above {', '.join(settings.over)}; {rival}")


def _against(serving: ModelVersion, evaluation: dict[str, Any], settings: GateSettings) -> list[str]:
    own = evaluation["models"]["air"]
    recorded = {metric: float(serving.tags[metric]) for metric in RECORDED_METRICS if metric in serving.tags}
    return [
        f"{metric} {own[metric]:.4f} is below champion {serving.version} with {before:.4f}"
        for metric, before in recorded.items()
        if own[metric] < before * (1 - settings.champion_loss)
    ]
