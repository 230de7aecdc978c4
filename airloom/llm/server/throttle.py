"""A rate limit for one server: requests a minute, and the pauses that the server asks for."""

from __future__ import annotations

import time
from threading import Event, Lock


class CancelledError(Exception):
    """The work was cancelled while this thread was waiting."""


class Throttle:
    """Shared by all threads that ask one server.

    Args:
        per_minute: Requests that may begin in a minute, evenly spaced; 0 for no limit.
    """

    def __init__(self, per_minute: float) -> None:
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._next = 0.0
        self._lock = Lock()
        self._stopped = Event()

    def wait(self) -> None:
        """Wait until the next request may begin.

        Raises:
            CancelledError: `stop` was called.
        """
        while True:
            with self._lock:
                wait = self._next - time.monotonic()
                if wait <= 0 and not self._stopped.is_set():
                    self._next = time.monotonic() + self._gap
                    return
            self.sleep(wait)

    def pause(self, seconds: float) -> None:
        """Let no request of any thread begin for `seconds`."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)

    def sleep(self, seconds: float) -> None:
        """Wait in this thread only.

        Raises:
            CancelledError: `stop` was called.
        """
        if self._stopped.wait(max(seconds, 0.0)):
            raise CancelledError

    def stop(self) -> None:
        """Wake every thread that waits; none may begin a request again."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()
