"""The peak memory of a step, with all processes that it started."""

from __future__ import annotations

import threading
from typing import Final, Self

import psutil

SAMPLE_S: Final = 0.5
"""Seconds between two looks; what lasts shorter may be missed."""


class PeakMemory:
    """Measures this process and its children while the block runs.

    Attributes:
        megabytes: The largest sum of their resident memory, MB; memory that two of them share counts twice.
    """

    def __init__(self) -> None:
        self.megabytes = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="peak-memory", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        process = psutil.Process()
        while True:
            self.megabytes = max(self.megabytes, _held(process))
            if self._ended.wait(SAMPLE_S):
                return


def _held(process: psutil.Process) -> int:
    held = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            held += one.memory_info().rss
        except psutil.NoSuchProcess:  # it ended meanwhile
            continue
    return held // 1_000_000
