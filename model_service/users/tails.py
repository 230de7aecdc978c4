"""The newest events of every user, which the feature store will know tomorrow: in memory or in Redis."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol

from airloom.timestamps import SECONDS_PER_DAY

PATIENCE: Final = 0.05
"""Seconds that a page waits for the feature store, and again for the tails."""
KEPT_EVENTS: Final = 100
"""Of each user, the newest ones: as many as the feature store keeps."""
KEPT_SECONDS: Final = 3 * SECONDS_PER_DAY
"""So long the feature store may take to know an event."""


class TailEvent(NamedTuple):
    """What the next page must know of an event.

    Attributes:
        event_id: The same id is the same event.
        timestamp: Seconds since 1970 UTC.
        action: One of `airloom.logs.contract.ACTIONS`.
        object_id: What it was about.
    """

    event_id: str
    timestamp: int
    action: str
    object_id: str


class Tails(Protocol):
    """Keeps the tail of every user's events; the order in which they arrive does not matter."""

    def add(self, user_id: str, events: Sequence[TailEvent]) -> int:
        """Take the events, all at once, and say how many of them were new."""
        ...

    def read(self, user_id: str) -> list[TailEvent]:
        """The newest `KEPT_EVENTS` at most, oldest first; events of one second by their id.

        Raises:
            ValueError: What is kept of this one user is damaged.
            Exception: They cannot be read.
        """
        ...

    def known(self, user_id: str, event_ids: Sequence[str]) -> set[str]:
        """Which of the events are there."""
        ...

    def forget(self, user_id: str) -> bool:
        """Remove all that is kept of somebody; whether there was anything."""
        ...


class MemoryTails:
    """Tails in this process: for one process, and gone with it.

    Args:
        most_users: The users who did something last; of others nothing is kept.
    """

    def __init__(self, *, most_users: int = 200_000) -> None:
        self._most_users = most_users
        self._users: OrderedDict[str, dict[str, TailEvent]] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, user_id: str, events: Sequence[TailEvent]) -> int:
        """See `Tails`."""
        with self._lock:
            mine = self._users.setdefault(user_id, {})
            new = {event.event_id: event for event in reversed(events) if event.event_id not in mine}
            both = newest([*mine.values(), *new.values()])
            self._users[user_id] = {event.event_id: event for event in both}
            self._users.move_to_end(user_id)
            while len(self._users) > self._most_users:
                self._users.popitem(last=False)
            return len(new)

    def read(self, user_id: str) -> list[TailEvent]:
        """See `Tails`."""
        return list(self._users.get(user_id, {}).values())

    def known(self, user_id: str, event_ids: Sequence[str]) -> set[str]:
        """See `Tails`."""
        return self._users.get(user_id, {}).keys() & set(event_ids)

    def forget(self, user_id: str) -> bool:
        """See `Tails`."""
        with self._lock:
            return self._users.pop(user_id, None) is not None


def newest(events: Iterable[TailEvent]) -> list[TailEvent]:
    """The newest `KEPT_EVENTS`, oldest first; those much older than the newest are left out."""
    ordered = sorted(events, key=lambda event: (event.timestamp, event.event_id))[-KEPT_EVENTS:]
    if not ordered:
        return []
    since = ordered[-1].timestamp - KEPT_SECONDS
    return [event for event in ordered if event.timestamp > since]
