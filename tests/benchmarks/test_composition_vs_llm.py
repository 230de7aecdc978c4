from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from airloom.logs.lake import Lake
from airloom.ranking.snapshot import Snapshot
from benchmarks.composition_vs_llm import compared, render_prompts, results_table
from benchmarks.direct_call import DirectCall
from benchmarks.online_composition import stored_events, time_composition
from benchmarks.sample_snapshot import snapshot_of
from tests.airloom.intents.shop import DAY, NEXT_DAY, VIDEOS, HashingEncoder, put_events, shop


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """User u0 watches a video on each of two days; the others are there on the first alone."""
    lake = shop(tmp_path / "lake")
    put_events(lake, NEXT_DAY, [("view", "c2")])
    return lake


@pytest.fixture
def snapshot(lake: Lake) -> Snapshot:
    return snapshot_of(lake, day=NEXT_DAY, encoder=HashingEncoder(), reader=HashingEncoder())


def call(*seconds: float, share: float = 1.0) -> DirectCall:
    return DirectCall("qwen3-0.6b", "random", 1, "cpu", 2, "bfloat16", 1400.0, 80, list(seconds), share)


def test_both_sides_start_from_the_same_newest_content_events(lake: Lake, snapshot: Snapshot) -> None:
    (user,) = stored_events(lake, snapshot, count=2)
    (prompt,) = render_prompts(lake, snapshot, [user])

    assert user.object_ids == ("c1", "c2")
    newest, older = prompt.index(VIDEOS["c2"]), prompt.index(VIDEOS["c1"])
    assert newest < older
    assert "Kitchen, Pet Supplies" in prompt
    assert user.timestamps[1] - user.timestamps[0] == timedelta(days=1).total_seconds()
    assert stored_events(lake, snapshot, count=3) == []
    assert DAY < NEXT_DAY


@pytest.mark.parametrize("candidates", [0, 3])
def test_a_composition_is_timed_as_often_as_asked(lake: Lake, snapshot: Snapshot, candidates: int) -> None:
    users = stored_events(lake, snapshot, count=2)

    seconds = time_composition(snapshot, users, candidates=candidates, repetitions=5)

    assert len(seconds) == 5
    assert min(seconds) > 0


def test_the_ratio_is_of_the_fastest_call_to_the_median_composition() -> None:
    result = compared(call(30.0, 20.0, 25.0), {0: [0.001], 100: [0.009, 0.001, 0.002], 300: [0.004]})

    assert result["composition"]["100"]["ratio"] == pytest.approx(20.0 / 0.002)
    assert result["direct"]["weights"] == "random"


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [(2.0, "target 1,000x, floor 400x: met"), (0.9, ": missed"), (0.3, "below the floor")],
)
def test_the_table_says_what_was_measured_and_whether_it_is_enough(seconds: float, verdict: str) -> None:
    table = results_table(compared(call(seconds), {0: [0.0001], 100: [0.001], 300: [0.002]}))

    assert "RANDOM WEIGHTS" in table
    assert "1400 tokens of prompt, 80 of answer" in table
    assert verdict in table
    assert "BUSY" not in table


def test_a_busy_machine_is_said() -> None:
    table = results_table(compared(call(9.0, share=0.4), {0: [0.0001], 100: [0.001], 300: [0.002]}))

    assert "BUSY: the call had 40% of its threads' time" in table


def test_a_real_model_says_so_with_the_tokens_that_its_server_counted() -> None:
    real = call(20.0)._replace(model="qwen", weights="real", device="http://h/v1", prompt_tokens=1234.0)

    text = results_table(compared(real, {0: [1e-3], 100: [2e-3], 300: [3e-3]}))

    assert "qwen at http://h/v1, REAL WEIGHTS" in text
    assert "1234 tokens of prompt" in text
    assert "as the server counted" in text
    assert "RANDOM" not in text
    assert "10,000x; target 1,000x" in text
