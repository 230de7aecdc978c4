"""Lets a source rest that fails or hangs, so that only a few pages pay for it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

from model_service.metrics import SOURCE_RESTING

logger = logging.getLogger("airloom.service")

T = TypeVar("T")

FIRST_REST: Final = 0.1
"""Seconds that nobody asks after a failure; doubled with each that follows at once."""
LONGEST_REST: Final = 5.0


class RestingError(Exception):
    """The source failed a moment ago and is not asked now."""


class Breaker:
    """A circuit breaker: after a failure nobody asks for a while, then one caller tries.

    Args:
        name: Of the source, in metrics and logs.
        clock: Seconds that only grow.
    """

    def __init__(self, name: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._clock = name, clock
        self._failures, self._rests_until = 0, 0.0
        self._lock = threading.Lock()
        SOURCE_RESTING.labels(name).set(0)

    def ask(self, read: Callable[[], T]) -> T:
        """What `read` gives, unless the source rests.

        Raises:
            RestingError: It does.
            ValueError: It answered with something damaged, which is no reason to rest.
            Exception: What `read` raised; the source rests from now on.
        """
        if self._failures and not self._may_try():
            raise RestingError(self._name)
        try:
            found = read()
        except ValueError:  # it answered; what it has of this one user is damaged
            if self._failures:
                self._worked()
            raise
        except Exception as error:
            self._failed(error)
            raise
        if self._failures:
            self._worked()
        return found

    def _may_try(self) -> bool:
        with self._lock:
            if self._clock() < self._rests_until:
                return False
            self._rests_until = self._clock() + self._rest()  # one tries, the others go on without
            return True

    def _failed(self, error: Exception) -> None:
        with self._lock:
            self._failures += 1
            self._rests_until = self._clock() + self._rest()
            first = self._failures == 1
        if first:
            # the type alone: the message and the traceback may hold the user's id
            logger.error("%s does not answer: %s", self._name, type(error).__name__)
            SOURCE_RESTING.labels(self._name).set(1)

    def _worked(self) -> None:
        with self._lock:
            self._failures = 0
        logger.warning("%s answers again", self._name)
        SOURCE_RESTING.labels(self._name).set(0)

    def _rest(self) -> float:
        return float(min(FIRST_REST * 2 ** (self._failures - 1), LONGEST_REST))
