from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from airloom.child_processes import STARTED_BY, STOPPED
from tests.processes import ended, waited_for

ROOT = Path(__file__).parents[2]
STUBBORN = """
import os, signal, sys, time
from pathlib import Path
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
Path(sys.argv[1]).write_text(str(os.getpid()))
time.sleep(600)
"""
COMMAND = """
import subprocess, sys
from concurrent.futures import ThreadPoolExecutor
from airloom.child_processes import stop_on_signals

with stop_on_signals(), ThreadPoolExecutor(2) as pool:
    for number in range(3):  # the third begins when one of the others ends
        words = [sys.executable, "-c", sys.argv[1], f"{sys.argv[2]}/{number}.pid"]
        pool.submit(subprocess.run, words)
"""
POOL = """
import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from airloom.child_processes import end_with_parent
from tests.processes import sleep_as

if __name__ == "__main__":
    with ProcessPoolExecutor(1, get_context("spawn"), end_with_parent) as pool:
        pool.submit(sleep_as, sys.argv[1]).result()
"""
FOLLOWER = """
import os, sys, time
from pathlib import Path
from airloom.child_processes import end_with_starter
end_with_starter()
Path(sys.argv[1]).write_text(str(os.getpid()))
time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_children_that_ignore_the_signal_are_killed_and_none_begins_later(
    tmp_path: Path, number: signal.Signals
) -> None:
    with subprocess.Popen([sys.executable, "-c", COMMAND, STUBBORN, str(tmp_path)]) as command:
        pids = [int(waited_for(tmp_path / f"{child}.pid")) for child in range(2)]
        command.send_signal(number)
    assert command.returncode == STOPPED
    third = tmp_path / "2.pid"
    assert ended(*pids, *([int(third.read_text())] if third.exists() else []))


def test_workers_of_a_pool_end_with_the_process_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "pool.py"
    script.write_text(POOL, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}  # its workers import what they run
    with subprocess.Popen([sys.executable, str(script), str(tmp_path / "pid")], env=environment) as command:
        pid = int(waited_for(tmp_path / "pid"))
        command.kill()
    assert ended(pid)


def test_a_process_ends_with_the_command_that_started_it_through_a_shell(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as command:
        environment = os.environ | {STARTED_BY: str(command.pid), "FOLLOWER": FOLLOWER}
        line = f'{sys.executable} -c "$FOLLOWER" {tmp_path / "pid"}; true'
        with subprocess.Popen(["sh", "-c", line], env=environment) as shell:
            pid = int(waited_for(tmp_path / "pid"))
            assert shell.poll() is None
            command.kill()
            assert ended(pid)  # although nobody has asked for the command's status: it is a zombie


def test_without_a_starter_or_under_one_that_is_gone(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != STARTED_BY}
    words = [sys.executable, "-c", FOLLOWER, str(tmp_path / "pid")]
    with subprocess.Popen(words, env=environment) as alone:
        waited_for(tmp_path / "pid")
        assert alone.poll() is None
        alone.kill()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with subprocess.Popen(words, env=environment | {STARTED_BY: str(gone.pid)}) as orphan:
        assert orphan.wait(60) == -signal.SIGTERM
