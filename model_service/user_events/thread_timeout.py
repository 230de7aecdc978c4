"""A timeout for a store that has none of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")

MAX_PENDING_CALLS: Final = 4
"""Calls that may hang at once before the next one fails at once."""


class ThreadTimeout:
    """Runs calls in threads and stops waiting after a timeout; the call itself goes on in its thread.

    The hop to the thread and back costs 0.1 to 0.4 ms: prefer timeouts of the store itself.

    Args:
        timeout_s: Seconds to wait.
        name: Of the threads.
    """

    def __init__(self, timeout_s: float, *, name: str) -> None:
        self._timeout_s = timeout_s
        self._pool = ThreadPoolExecutor(MAX_PENDING_CALLS, thread_name_prefix=name)
        self._free = threading.Semaphore(MAX_PENDING_CALLS)

    def wrap(self, read: Callable[[str], T]) -> Callable[[str], T]:
        """Return `read`, which now also raises TimeoutError: it takes too long, or all threads hang."""

        def with_timeout(key: str) -> T:
            if not self._free.acquire(blocking=False):
                raise TimeoutError

            def run() -> T:
                try:
                    return read(key)
                finally:
                    self._free.release()

            return self._pool.submit(run).result(self._timeout_s)

        return with_timeout
