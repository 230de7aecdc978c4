from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airloom.errors import AirloomError
from pipelines.local import past_run, run_locally
from tests.pipelines.load_steps import load_steps
from tests.processes import ended, waited_for


@pytest.fixture(scope="module")
def little() -> Any:
    """A pipeline of three steps."""
    return load_steps().little


def test_a_run_leaves_parameters_artifacts_metrics_and_its_log(little: Any, tmp_path: Path) -> None:
    run = run_locally(little, {"day": "good"}, folder=tmp_path / "run", title="Little")

    assert (run.name, run.status) == ("little", "SUCCEEDED")
    assert sorted(run.steps) == ["check", "shards", "work-0", "work-1"]
    assert run.steps["check"].parameters == {"Output": "good"}
    assert run.steps["work-1"].artifacts["page"].read_text() == "shard 1"
    assert run.steps["work-1"].metadata["metrics"] == {"rows": 10}
    assert "Working" in run.log.read_text()
    assert past_run(tmp_path / "run") == run._replace(seconds=round(run.seconds, 1))

    (tmp_path / "run").rename(tmp_path / "moved")
    moved = past_run(tmp_path / "moved")
    assert moved is not None
    assert moved.steps["work-1"].artifacts["page"].read_text() == "shard 1"


def test_a_user_mistake_in_a_step_becomes_that_steps_own_sentence(little: Any, tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match=r"^Day bad has no events\. Deliver it\. The whole output is in "):
        run_locally(little, {"day": "bad"}, folder=tmp_path / "run", title="Little")
    assert past_run(tmp_path / "run") is None


def test_a_bug_in_a_step_is_not_swallowed_but_points_to_the_log(little: Any, tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match="check") as raised:
        run_locally(little, {"day": "bug"}, folder=tmp_path / "run", title="Little")
    assert "ZeroDivisionError" in (tmp_path / "run" / "run.log").read_text()
    assert "run.log" in str(raised.value)


def test_steps_are_told_one_line_each(
    little: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_locally(little, {"day": "good"}, folder=tmp_path / "run", title="Little")

    lines = [line.split() for line in capsys.readouterr().err.splitlines()]
    assert lines[0] == ["Little"]
    ended = [words for words in lines[1:] if words[0] == "✓"]
    assert [words[1] for words in ended] == ["check", "shards", "work", "work"]


def test_a_second_run_replaces_the_first(little: Any, tmp_path: Path) -> None:
    for _ in range(2):
        run = run_locally(little, {"day": "good"}, folder=tmp_path / "run", title="Little")
    assert len(list((tmp_path / "run").glob("little-*"))) == 1
    assert len(run.steps) == 4


RUN_PATIENT = """
import sys
from pathlib import Path
from airloom.child_processes import stop_on_signals
from pipelines.local import run_locally
from tests.pipelines.load_steps import load_steps

with stop_on_signals():
    folder = Path(sys.argv[1])
    run_locally(load_steps().patient, {"folder": str(folder)}, folder=folder / "run", title="Patient")
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_parallel_steps_end_with_the_command_however_it_ends(tmp_path: Path, number: signal.Signals) -> None:
    """Between the command and a step there is a shell, and a thread of the command waits for each."""
    words = [sys.executable, "-c", RUN_PATIENT, str(tmp_path)]
    with subprocess.Popen(words, start_new_session=True) as command:
        pids = [int(waited_for(tmp_path / f"{shard}.pid")) for shard in range(2)]
        command.send_signal(number)
    assert ended(*pids)
    assert command.returncode == (-signal.SIGKILL if number == signal.SIGKILL else 130)


def test_without_a_terminal_running_steps_are_told_now_and_then(
    little: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.local.LINE_EVERY_S", 0.2)
    run_locally(little, {"day": "good"}, folder=tmp_path / "run", title="Little")
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("  … ")]
    assert any(re.fullmatch(r"  … check \d+ s", line) for line in lines)
    assert any(re.match(r"  … work \d+ s, work \d+ s", line) for line in lines)
