"""A limit on what replies may cost that also holds while many requests are in flight."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class BudgetSpentError(Exception):
    """What is left does not cover the highest possible price of a reply."""


class Budget:
    """Money in US dollars; safe among threads.

    Before a request its highest possible price is reserved, and afterwards replaced by the real one, so that
    the sum never exceeds the limit. A reply that never arrives may have been charged all the same: what was
    reserved for it stays spent.

    Args:
        limit: What may be spent; None for any amount.
    """

    def __init__(self, limit: float | None) -> None:
        self._left = math.inf if limit is None else limit
        self._in_flight = 0
        self._changed = Condition()

    @contextmanager
    def request(self, max_usd: float) -> Iterator[Reservation]:
        """Reserve `max_usd` for one request; waits while requests in flight may return a part of theirs.

        Raises:
            BudgetSpentError: Too little is left.
        """
        with self._changed:
            while max_usd > self._left:
                if not self._in_flight:
                    raise BudgetSpentError
                self._changed.wait()
            self._left -= max_usd
            self._in_flight += 1
        reservation = Reservation(max_usd)
        try:
            yield reservation
        finally:
            with self._changed:
                self._left += max_usd - reservation.usd
                self._in_flight -= 1
                self._changed.notify_all()


class Reservation:
    """What one request costs: the highest possible price until the real one is known.

    Attributes:
        usd: US dollars.
    """

    def __init__(self, max_usd: float) -> None:
        self.usd = max_usd
