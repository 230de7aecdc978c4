from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from components.gate_ranker import gate
from components.gate_ranker.gate import GateDecision, judge
from components.gate_ranker.settings import GateSettings
from components.train_ranker.choice import WITH_INTENTS, WITHOUT_INTENTS


def evaluation(lead: float, *, low: float = -0.5, high: float = 0.5, level: float = 0.5) -> dict[str, Any]:
    both = {metric: {"mean": lead, "low": low, "high": high} for metric in ("hr10", "ndcg10")}
    return {
        "model_version": "air-1",
        "models": {"air": {"hr10": level, "ndcg10": level}},
        "differences": {"item_cf": both, "popularity": both},
        "choice": {"chosen": WITH_INTENTS},
    }


def judged(
    result: dict[str, Any], settings: GateSettings, monkeypatch: pytest.MonkeyPatch, champion: float | None
) -> GateDecision:
    tags = {"served_hr10": str(champion), "served_ndcg10": str(champion)}
    serving = None if champion is None else SimpleNamespace(version="3", tags=tags)
    monkeypatch.setattr(gate, "champion", lambda _client, _name: serving)
    return judge(result, settings, client=None, model_name="m")


@pytest.mark.parametrize(
    ("result", "settings", "champion", "passed"),
    [
        (evaluation(0.1), GateSettings(), None, True),
        (evaluation(-0.1), GateSettings(), None, True),  # it may be chance
        (evaluation(-0.1, high=-0.01), GateSettings(), None, False),
        (evaluation(0.0, high=0.0), GateSettings(), None, False),
        (evaluation(0.1, low=-0.01), GateSettings(significant=True), None, False),
        (evaluation(0.1, low=0.01), GateSettings(significant=True), None, True),
        (evaluation(0.1), GateSettings(min_lead=0.2), None, True),
        (evaluation(0.1, high=0.15), GateSettings(min_lead=0.2), None, False),
        (evaluation(0.1, level=0.5), GateSettings(), 0.54, True),
        (evaluation(0.1, level=0.5), GateSettings(), 0.6, False),
        (evaluation(0.1, level=0.5), GateSettings(champion_loss=0.0), 0.54, False),
    ],
)
def test_who_passes(
    monkeypatch: pytest.MonkeyPatch,
    result: dict[str, Any],
    settings: GateSettings,
    champion: float | None,
    passed: bool,
) -> None:
    assert judged(result, settings, monkeypatch, champion).passed is passed


def test_the_control_that_is_served_itself_is_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    result = evaluation(0.1, low=0.01)
    equal = {metric: {"mean": 0.0, "low": 0.0, "high": 0.0} for metric in ("hr10", "ndcg10")}
    result["differences"]["air_without_intents"] = equal
    settings = GateSettings(over=("item_cf", "air_without_intents"), significant=True)

    assert not judged(result, settings, monkeypatch, None).passed
    result["choice"]["chosen"] = WITHOUT_INTENTS
    decision = judged(result, settings, monkeypatch, None)

    assert decision.passed
    assert "without intents" not in decision.reason


def test_the_reason_names_what_was_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    reason = judged(evaluation(-0.1, high=-0.01, level=0.1), GateSettings(), monkeypatch, 0.6).reason
    assert "hr10 minus that of item-CF is -0.1000 [-0.5000, -0.0100]" in reason
    assert "ndcg10 0.1000 is below champion 3 with 0.6000" in reason


def test_a_champion_that_was_measured_among_sampled_products_is_no_bar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of_an_older_release = SimpleNamespace(version="3", tags={"hr10": "0.9", "ndcg10": "0.9"})
    monkeypatch.setattr(gate, "champion", lambda _client, _name: of_an_older_release)
    assert judge(evaluation(0.1), GateSettings(), client=None, model_name="m").passed
