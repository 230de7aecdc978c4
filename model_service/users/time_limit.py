"""Waits only so long for a store that has no time limit of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")

THREADS: Final = 4
"""Calls that may hang at once before the next one fails without waiting."""


class TimeLimit:
    """Calls that may hang are waited for so long and no longer; the call itself goes on in its thread.

    The hop to the thread and back costs 0.1 to 0.4 ms, so what can limit itself should.

    Args:
        seconds: How long.
        name: Of the threads.
    """

    def __init__(self, seconds: float, *, name: str) -> None:
        self._seconds = seconds
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix=name)
        self._free = threading.Semaphore(THREADS)

    def around(self, read: Callable[[str], T]) -> Callable[[str], T]:
        """`read`, which now also raises TimeoutError: it takes too long, or all threads hang already."""

        def limited(asked: str) -> T:
            if not self._free.acquire(blocking=False):
                raise TimeoutError

            def run() -> T:
                try:
                    return read(asked)
                finally:
                    self._free.release()

            return self._pool.submit(run).result(self._seconds)

        return limited
