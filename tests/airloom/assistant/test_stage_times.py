from __future__ import annotations

from airloom.assistant.stage_times import StageTimes


def test_the_time_between_two_ends_is_the_later_stages() -> None:
    times = StageTimes()
    times.end("parse")
    times.end("rank")
    assert list(times.seconds) == ["parse", "rank"]
    assert all(seconds >= 0 for seconds in times.seconds.values())
