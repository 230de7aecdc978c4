"""A limit on what replies may cost that holds also while many are awaited at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class BudgetSpentError(Exception):
    """What is left does not pay for the dearest reply that may come."""


class Budget:
    """Money in US dollars; safe among threads.

    Before a request its highest possible price is set aside, and afterwards exchanged for the real one, so
    that the sum never exceeds the limit. A reply that never arrives may have been charged all the same: what
    was set aside for it stays spent.

    Args:
        limit: What may be spent; None for any amount.
    """

    def __init__(self, limit: float | None) -> None:
        self._left = math.inf if limit is None else limit
        self._awaited = 0
        self._changed = Condition()

    @contextmanager
    def request(self, highest: float) -> Iterator[Bill]:
        """Set `highest` aside for one request; waits while requests under way may still give change.

        Raises:
            BudgetSpentError: Too little is left.
        """
        with self._changed:
            while highest > self._left:
                if not self._awaited:
                    raise BudgetSpentError
                self._changed.wait()
            self._left -= highest
            self._awaited += 1
        bill = Bill(highest)
        try:
            yield bill
        finally:
            with self._changed:
                self._left += highest - bill.usd
                self._awaited -= 1
                self._changed.notify_all()


class Bill:
    """What one request costs: the highest price until the real one is known.

    Attributes:
        usd: US dollars.
    """

    def __init__(self, highest: float) -> None:
        self.usd = highest
