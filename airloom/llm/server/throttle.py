"""The limits on how one server is asked: requests at once and a minute, and the pauses that it asks for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Event


class CancelledError(Exception):
    """The work was cancelled while this thread was waiting."""


class Throttle:
    """Shared by all threads that ask one server.

    Args:
        per_minute: Requests that may begin in a minute, evenly spaced; 0 for no limit.
        at_once: Requests in flight at most.
    """

    def __init__(self, per_minute: float, *, at_once: int) -> None:
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._next = 0.0
        self._at_once = at_once
        self._in_flight = 0
        self._halvings = 0
        self._changed = Condition()
        self._stopped = Event()

    @contextmanager
    def request(self) -> Iterator[int]:
        """Wait until the next request may begin; yields what `halve` wants to know about it.

        Raises:
            CancelledError: `stop` was called.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._in_flight < self._at_once or self._stopped.is_set())
            self._in_flight += 1
        try:
            yield self._begin()
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()

    def _begin(self) -> int:
        while True:
            with self._changed:
                wait = self._next - time.monotonic()
                if wait <= 0 and not self._stopped.is_set():
                    self._next = time.monotonic() + self._gap
                    return self._halvings
            self.sleep(wait)

    def halve(self, began: int) -> int | None:
        """Let half as many requests be in flight, because one was not answered in time.

        Requests that began before the last halving and are late too halve nothing again.

        Args:
            began: What `request` yielded for the late one.

        Returns:
            How many may be in flight from now on; None if that did not change.
        """
        with self._changed:
            if began != self._halvings or self._at_once == 1:
                return None
            self._halvings += 1
            self._at_once //= 2
            return self._at_once

    def pause(self, seconds: float) -> None:
        """Let no request of any thread begin for `seconds`."""
        with self._changed:
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
        with self._changed:
            self._changed.notify_all()
