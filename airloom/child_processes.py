"""No process outlives the command that started it, however that command ends.

A command stops all that it started when it is stopped (`stop_on_signals`). What it started also notices when
the command is killed and can do nothing any more (`end_with_starter`, `end_with_parent`).
"""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final, NoReturn

import psutil

STARTED_BY: Final = "AIRLOOM_STARTED_BY"
"""Environment variable with the process id of the command: what runs below it ends with it."""
STOPPED: Final = 130
"""Exit status of a command that was stopped, as a shell gives it after Ctrl-C."""
GRACE_S: Final = 3.0
"""Seconds in which children may finish; then they are killed."""
KILL_S: Final = 1.5
"""Seconds in which what is still there is killed again and again, until nothing is."""
POLL_S: Final = 0.5
_STARTS: Final = {"subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty", "os.exec"}
"""Audit events before a process begins (https://docs.python.org/3/library/audit_events.html)."""


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """Let SIGTERM and Ctrl-C end this process and all below it, within `GRACE_S` and `KILL_S`."""
    former = {number: signal.signal(number, _stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def end_with_starter() -> None:
    """Let this process end as soon as the command that `STARTED_BY` names is gone; without one, do nothing.

    There may be a shell between the two, so that it is not this process's parent.
    """
    starter = os.environ.get(STARTED_BY, "")
    if starter.isdigit() and int(starter) != os.getpid():
        _in_background(lambda: _wait_for(int(starter)))


def end_with_parent() -> None:
    """Let this worker of a process pool end as soon as the process that started it is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        _in_background(parent.join)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # a second one ends this process at once
    threading.Thread(target=_kill_after_grace, daemon=True).start()
    _signal_children(signal.SIGTERM)
    sys.exit(STOPPED)


def _kill_after_grace() -> NoReturn:
    """End what is left: threads that wait for children would keep this process for as long as they run."""
    time.sleep(GRACE_S)
    sys.addaudithook(_start_nothing)  # a thread may want another child when one ends
    deadline = time.monotonic() + KILL_S
    while _signal_children(signal.SIGKILL) and time.monotonic() < deadline:
        time.sleep(0.05)
    os._exit(STOPPED)


def _start_nothing(event: str, _arguments: tuple[object, ...]) -> None:
    if event in _STARTS:
        raise RuntimeError("This command is being stopped and starts nothing any more.")


def _signal_children(number: signal.Signals) -> int:
    """Signal every process below this one, and return how many run: a zombie waits only for its status."""
    count = 0
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if child.status() != psutil.STATUS_ZOMBIE:
                child.send_signal(number)
                count += 1
    return count


def _in_background(wait: Callable[[], object]) -> None:
    def end() -> None:
        wait()
        os.kill(os.getpid(), signal.SIGTERM)  # what has a handler may finish
        time.sleep(GRACE_S)
        os._exit(STOPPED)

    threading.Thread(target=end, daemon=True, name="end-with-starter").start()


def _wait_for(process: int) -> None:
    """Return when a process has ended, also if nobody has asked for its status yet."""
    if sys.platform == "linux":
        with suppress(OSError):  # a kernel that does not have it, or does not let us
            select.select([os.pidfd_open(process)], [], [])
            return
    with suppress(psutil.NoSuchProcess):
        while psutil.Process(process).status() != psutil.STATUS_ZOMBIE:
            time.sleep(POLL_S)
