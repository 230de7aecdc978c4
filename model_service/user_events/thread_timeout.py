"""A timeout for a store that has none of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")

MAX_PENDING_CALLS: Final = 4
"""Usual number of calls that may hang at once."""


class ThreadTimeout:
    """Runs calls in threads and stops waiting after a timeout; the call itself goes on in its thread.

    The hop to the thread and back costs 0.1 to 0.4 ms: prefer timeouts of the store itself.

    Args:
        timeout_s: Seconds to wait.
        name: Of the threads.
        max_pending: Calls that may hang at once before the next one fails at once.
    """

    def __init__(self, timeout_s: float, *, name: str, max_pending: int = MAX_PENDING_CALLS) -> None:
        self._timeout_s = timeout_s
        self._pool = ThreadPoolExecutor(max_pending, thread_name_prefix=name)
        self._free = threading.Semaphore(max_pending)

    def wrap(self, read: Callable[[str], T]) -> Callable[[str], T]:
        """Return `read`, which now also raises TimeoutError: it takes too long, or all threads hang."""
        return lambda key: self.run(lambda: read(key))

    def run(self, call: Callable[[], T], *, timeout_s: float | None = None) -> T:
        """Return what a call returns.

        Args:
            call: Goes on in its thread after the timeout.
            timeout_s: Another number of seconds to wait, for this call.

        Raises:
            TimeoutError: It takes too long, or all threads hang.
            Exception: What the call raised.
        """
        if not self._free.acquire(blocking=False):
            raise TimeoutError

        def and_release() -> T:
            try:
                return call()
            finally:
                self._free.release()

        return self._pool.submit(and_release).result(self._timeout_s if timeout_s is None else timeout_s)
