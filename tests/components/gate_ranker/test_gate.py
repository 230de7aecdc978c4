from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from components.gate_ranker import gate
from components.gate_ranker.gate import GateDecision, judge
from components.gate_ranker.settings import GateSettings


def evaluation(lead: float, *, low: float = 0.0, level: float = 0.5) -> dict[str, Any]:
    both = {metric: {"mean": lead, "low": low, "high": lead} for metric in ("hr10", "ndcg10")}
    return {
        "model_version": "air-1",
        "models": {"air": {"hr10": level, "ndcg10": level}},
        "differences": {"item_cf": both, "popularity": both},
    }


def judged(
    result: dict[str, Any], settings: GateSettings, monkeypatch: pytest.MonkeyPatch, champion: float | None
) -> GateDecision:
    tags = {"hr10": str(champion), "ndcg10": str(champion)}
    serving = None if champion is None else SimpleNamespace(version="3", tags=tags)
    monkeypatch.setattr(gate, "champion", lambda _client, _name: serving)
    return judge(result, settings, client=None, model_name="m")


@pytest.mark.parametrize(
    ("result", "settings", "champion", "passed"),
    [
        (evaluation(0.1), GateSettings(), None, True),
        (evaluation(0.0), GateSettings(), None, False),
        (evaluation(-0.1), GateSettings(), None, False),
        (evaluation(0.1, low=-0.01), GateSettings(significant=True), None, False),
        (evaluation(0.1, low=0.01), GateSettings(significant=True), None, True),
        (evaluation(0.1), GateSettings(min_lead=0.2), None, False),
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


def test_the_reason_names_what_was_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    reason = judged(evaluation(-0.1, level=0.1), GateSettings(), monkeypatch, 0.6).reason
    assert "hr10 leads item-CF by -0.1000" in reason
    assert "ndcg10 0.1000 is below champion 3 with 0.6000" in reason
