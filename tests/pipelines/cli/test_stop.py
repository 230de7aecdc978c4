from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.processes import PATIENCE_S, ended


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_leaves_no_step_behind_and_says_how_to_go_on(
    tmp_path: Path, number: signal.Signals
) -> None:
    words = ["run", "daily", "--home", str(tmp_path), "--day", "2026-03-02"]
    command = [sys.executable, "-m", "pipelines.cli.main", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as run:
        children = children_with_a_step(run.pid)
        run.send_signal(number)
        _, error = run.communicate()
    assert run.returncode == 130
    assert "stopped. Run the same command again to go on from here." in error
    assert ended(*children)


def children_with_a_step(pid: int) -> list[int]:
    """Return what runs below a command, as soon as a step does: a shell and the step."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        children = psutil.Process(pid).children(recursive=True)
        with suppress(psutil.NoSuchProcess):  # ended since
            if any("components.run_step" in child.cmdline() for child in children):
                return [child.pid for child in children]
        time.sleep(0.02)
    raise TimeoutError("No step began")
