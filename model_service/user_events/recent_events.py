"""Recent events: the newest events of every user, which the feature store will only know tomorrow."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol

from airloom.timestamps import SECONDS_PER_DAY

MAX_RECENT_EVENTS: Final = 100
"""Of each user, the newest ones: as many as the feature store keeps."""
MAX_AGE_S: Final = 3 * SECONDS_PER_DAY
"""Seconds that the feature store may take to know an event."""
MAX_USERS: Final = 200_000


class RecentEvent(NamedTuple):
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


class KeptEvents(NamedTuple):
    """What a store has of one user.

    Attributes:
        events: The newest `MAX_RECENT_EVENTS` at most, oldest first; events of one second by their id.
        damaged: The number of entries that are no event and were left out.
    """

    events: list[RecentEvent]
    damaged: int = 0


class RecentEventStore(Protocol):
    """Keeps every user's recent events; the order in which they arrive does not matter."""

    def add(self, user_id: str, events: Sequence[RecentEvent]) -> int:
        """Add the events, all at once, and return how many of them were new."""
        ...

    def read(self, user_id: str) -> KeptEvents:
        """Return what is kept of a user.

        Raises:
            ValueError: It is damaged as a whole.
            Exception: They cannot be read.
        """
        ...

    def erase(self, user_id: str) -> bool:
        """Remove all that is kept of a user, and return whether there was anything."""
        ...


class MemoryRecentEvents:
    """Recent events in this process: for one process, and gone with it.

    Args:
        max_users: Only the users who did something last are kept.
    """

    def __init__(self, *, max_users: int = MAX_USERS) -> None:
        self._max_users = max_users
        self._users: OrderedDict[str, dict[str, RecentEvent]] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, user_id: str, events: Sequence[RecentEvent]) -> int:
        """See `RecentEventStore`."""
        with self._lock:
            kept = self._users.setdefault(user_id, {})
            new = {event.event_id: event for event in reversed(events) if event.event_id not in kept}
            both = newest([*kept.values(), *new.values()])
            self._users[user_id] = {event.event_id: event for event in both}
            self._users.move_to_end(user_id)
            while len(self._users) > self._max_users:
                self._users.popitem(last=False)
            return len(new)

    def read(self, user_id: str) -> KeptEvents:
        """See `RecentEventStore`."""
        return KeptEvents(list(self._users.get(user_id, {}).values()))

    def erase(self, user_id: str) -> bool:
        """See `RecentEventStore`."""
        with self._lock:
            return self._users.pop(user_id, None) is not None


def newest(events: Iterable[RecentEvent]) -> list[RecentEvent]:
    """Return the newest `MAX_RECENT_EVENTS`, oldest first, without those `MAX_AGE_S` before the newest."""
    ordered = sorted(events, key=lambda event: (event.timestamp, event.event_id))[-MAX_RECENT_EVENTS:]
    if not ordered:
        return []
    since = ordered[-1].timestamp - MAX_AGE_S
    return [event for event in ordered if event.timestamp > since]
