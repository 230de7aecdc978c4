from __future__ import annotations

import pytest

from airloom.assistant.stage_times import StageTimes


def test_the_time_of_a_stage_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 11.0, 14.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    times = StageTimes()
    times.end("parse")
    times.end("rank")
    assert times.seconds == {"parse": 1.0, "rank": 3.0}
