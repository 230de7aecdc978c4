"""Waiting for real processes, on a machine that may be busy with other things."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

import psutil

PATIENCE_S: Final = 120


def waited_for(file: Path) -> str:
    """Return the content of a file that another process writes, as soon as there is some."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if file.exists() and (text := file.read_text(encoding="utf-8")):
            return text
        time.sleep(0.05)
    raise TimeoutError(f"{file} was not written")


def ended(*pids: int) -> bool:
    """Return whether all processes end, without waiting for ever; a zombie has ended."""
    deadline = time.monotonic() + PATIENCE_S
    while alive := [pid for pid in pids if _runs(pid)]:
        if time.monotonic() > deadline:
            for pid in alive:
                psutil.Process(pid).kill()
            return False
        time.sleep(0.05)
    return True


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def sleep_as(file: str) -> None:
    """Write the id of this process to a file, and stay."""
    Path(file).write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(600)
