from __future__ import annotations

import time

import pytest
from prometheus_client import REGISTRY

from model_service.engine.stage_timer import StageTimer


def seconds(stage: str) -> float:
    return REGISTRY.get_sample_value("airloom_stage_seconds_sum", {"stage": stage}) or 0.0


def test_a_stage_lasts_from_the_end_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([10.0, 10.5, 12.5])
    before = seconds("user"), seconds("ranking")
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks))
    timer = StageTimer()
    timer.end("user")
    timer.end("ranking")
    assert seconds("user") - before[0] == pytest.approx(0.5)
    assert seconds("ranking") - before[1] == pytest.approx(2.0)
