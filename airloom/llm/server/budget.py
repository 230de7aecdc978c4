"""A limit on what replies may cost that also holds while many requests are in flight."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from typing import Final

_ROUNDING: Final = 1e-9


class BudgetSpentError(Exception):
    """What is left does not cover the highest possible price of a reply, or prices cannot be trusted."""


class Budget:
    """Money in US dollars; safe among threads.

    Before a request its highest possible price is reserved, and afterwards replaced by the real one, so that
    the sum never exceeds the limit. A reply that is lost on its way may have been charged all the same: what
    was reserved for it stays spent. A price above the highest possible one ends all asking: what the server
    counts then is not what it was sent, and no limit could be kept.

    Args:
        limit: What may be spent; None for any amount.
    """

    def __init__(self, limit: float | None) -> None:
        self._left = math.inf if limit is None else limit
        self._limited = limit is not None
        self._overrun = ""
        self._in_flight = 0
        self._changed = Condition()

    @contextmanager
    def request(self, max_usd: float) -> Iterator[Reservation]:
        """Reserve `max_usd` for one request; waits while requests in flight may return a part of theirs.

        Raises:
            BudgetSpentError: Too little is left, or a reply before cost more than it could.
        """
        with self._changed:
            while self._overrun or max_usd > self._left:
                if self._overrun or not self._in_flight:
                    raise BudgetSpentError(self._overrun or "The budget is spent")
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
                if self._limited and reservation.usd > max_usd * (1 + _ROUNDING) and not self._overrun:
                    counted, most = f"${reservation.usd:,.4f}", f"${max_usd:,.4f}"
                    self._overrun = f"The server counted {counted} for a reply that can cost {most} at most"
                self._changed.notify_all()


class Reservation:
    """What one request costs: the highest possible price until the real one is known.

    Attributes:
        usd: US dollars.
    """

    def __init__(self, max_usd: float) -> None:
        self.usd = max_usd
