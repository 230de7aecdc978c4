"""The ranking service as a child process: started, awaited, and always stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from airloom.child_processes import STARTED_BY
from airloom.errors import AirloomError

READY_TIMEOUT_S = 120
"""Snapshot and model are there before it is started; one that still waits for them then never gets them."""
STOP_TIMEOUT_S = 30
POLL_INTERVAL_S = 0.05


class RunningService(NamedTuple):
    """A service that answers: its base URL and its process."""

    url: str
    pid: int


@contextmanager
def running_service(*, arguments: list[str], log: Path) -> Iterator[RunningService]:
    """Yield a service started with `python -m model_service <arguments>` on a free port.

    Raises:
        AirloomError: It ended, or was not ready in time; the message is the last line that it printed.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    ready = log.with_suffix(".url")
    ready.unlink(missing_ok=True)
    command = [sys.executable, "-m", "model_service", *arguments, "--port", "0", "--ready-file", str(ready)]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=os.environ | {STARTED_BY: str(os.getpid())},
        )
        try:
            yield RunningService(_ready_url(process, ready, log), process.pid)
        finally:
            _stop(process)
            ready.unlink(missing_ok=True)


def _ready_url(process: subprocess.Popen[bytes], ready: Path, log: Path) -> str:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        if ready.exists():
            return ready.read_text(encoding="utf-8").strip()
        time.sleep(POLL_INTERVAL_S)
    output = log.read_text(encoding="utf-8").strip().splitlines() or ["it printed nothing"]
    raise AirloomError(f"The service did not start: {output[-1]}", do=f"Its output is in {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Terminate the process, so that it writes what it holds; kill it and its children if it does not end."""
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
