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

from airloom.errors import AirloomError

READY_WITHIN_S = 120
WAITS = "Looking again every"
"""What it prints after the sentence that says for what it waits."""
WAIT_WITHIN_S = 15
"""So long it may wait: a registry may be slow, but snapshot and model are there before it is started."""
STOP_WITHIN_S = 30
LOOK_EVERY_S = 0.05


class Running(NamedTuple):
    """A service that answers: its base URL and its process."""

    url: str
    pid: int


@contextmanager
def running_service(*, arguments: list[str], log: Path) -> Iterator[Running]:
    """Yield a service started with `python -m model_service <arguments>` on a free port.

    Raises:
        AirloomError: The service said why it cannot start or for what it waits, or was not ready in time.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    ready = log.with_suffix(".url")
    ready.unlink(missing_ok=True)
    command = [sys.executable, "-m", "model_service", *arguments, "--port", "0", "--ready-file", str(ready)]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(  # noqa: S603 - our own module
            command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield Running(_ready_url(process, ready, log), process.pid)
        finally:
            _stop(process)
            ready.unlink(missing_ok=True)


def _ready_url(process: subprocess.Popen[bytes], ready: Path, log: Path) -> str:
    deadline = time.monotonic() + READY_WITHIN_S
    waiting_since: float | None = None
    while time.monotonic() < deadline:
        if ready.exists():
            return ready.read_text(encoding="utf-8").strip()
        said = log.read_text(encoding="utf-8").strip().splitlines() or ["it said nothing"]
        if process.poll() is not None:
            raise _not_started(said[-1], log)
        if waits_for := [line.partition(WAITS)[0] for line in said if WAITS in line]:
            waiting_since = waiting_since or time.monotonic()
            if time.monotonic() > waiting_since + WAIT_WITHIN_S:
                raise _not_started(waits_for[-1], log)
        time.sleep(LOOK_EVERY_S)
    raise AirloomError(
        f"The service was not ready within {READY_WITHIN_S} seconds", do=f"Its output is in {log}"
    )


def _not_started(why: str, log: Path) -> AirloomError:
    return AirloomError(f"The service did not start: {why}", do=f"Its output is in {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, so that it writes what it holds; end it and its children if it does not."""
    process.terminate()
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
