"""A circuit breaker: a source that fails is not asked for a while, so that only a few pages pay for it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

from model_service.metrics import CIRCUIT_OPEN, SOURCE_RESTING

logger = logging.getLogger("airloom.service")

T = TypeVar("T")

MIN_OPEN_S: Final = 0.1
"""Seconds that the circuit stays open after a failure; doubled with every further failure in a row."""
MAX_OPEN_S: Final = 5.0


class CircuitOpenError(Exception):
    """The source failed a moment ago and is not asked now."""


class CircuitBreaker:
    """Guards one source: after a failure the circuit opens, then one caller tries (half-open).

    Args:
        name: Of the source, in metrics and logs.
        clock: Monotonic seconds.
    """

    def __init__(self, name: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._clock = name, clock
        self._failures, self._open_until = 0, 0.0
        self._lock = threading.Lock()
        self._report(is_open=False)

    def call(self, read: Callable[[], T]) -> T:
        """Return what `read` returns, unless the circuit is open.

        Raises:
            CircuitOpenError: It is.
            ValueError: The source answered with damaged data, which opens no circuit.
            Exception: What `read` raised; it opens the circuit.
        """
        if self._failures and not self._may_try():
            raise CircuitOpenError(self._name)
        try:
            answer = read()
        except ValueError:  # it answered; what it has of this one user is damaged
            if self._failures:
                self._close()
            raise
        except Exception as error:
            self._open(error)
            raise
        if self._failures:
            self._close()
        return answer

    def _may_try(self) -> bool:
        with self._lock:
            if self._clock() < self._open_until:
                return False
            self._open_until = self._clock() + self._open_s()  # one caller tries, the others go on without
            return True

    def _open(self, error: Exception) -> None:
        with self._lock:
            self._failures += 1
            self._open_until = self._clock() + self._open_s()
            first = self._failures == 1
        if first:
            # the type only: the message and the traceback may hold the user's id
            logger.error("%s does not answer: %s", self._name, type(error).__name__)
            self._report(is_open=True)

    def _close(self) -> None:
        with self._lock:
            self._failures = 0
        logger.warning("%s answers again", self._name)
        self._report(is_open=False)

    def _report(self, *, is_open: bool) -> None:
        for gauge in (CIRCUIT_OPEN, SOURCE_RESTING):
            gauge.labels(self._name).set(int(is_open))

    def _open_s(self) -> float:
        return float(min(MIN_OPEN_S * 2 ** (self._failures - 1), MAX_OPEN_S))
