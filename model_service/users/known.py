"""What is known of a user's past: what the feature store keeps, and what happened since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from model_service.users.breaker import Breaker, TimeLimit
from model_service.users.tails import PATIENCE, Tails

USER_STORE: Final = "user_store"
LIVE_EVENTS: Final = "live_events"

ReadHistory = Callable[[str], tuple[Sequence[str], Sequence[str], Sequence[int]]]
"""A user's events by id, as of the last daily run: object ids, actions, timestamps (seconds UTC)."""


class Known(NamedTuple):
    """Somebody's events; those that both sources have are there twice.

    Attributes:
        object_ids: What each event was about.
        actions: What was done.
        timestamps: Seconds since 1970 UTC.
        failed: The sources that could not be read, of `USER_STORE` and `LIVE_EVENTS`.
    """

    object_ids: list[str]
    actions: list[str]
    timestamps: list[int]
    failed: list[str]


class Users:
    """Reads both sources; what one of them lacks, the other still gives.

    Args:
        read_history: Reads the feature store; may fail or hang.
        tails: What happened since; may fail, and limits by itself how long it takes.
        patience: Seconds that the feature store is waited for.
    """

    def __init__(self, read_history: ReadHistory, tails: Tails, *, patience: float = PATIENCE) -> None:
        self._read_history, self._tails = read_history, tails
        self._limit = TimeLimit(patience, name=USER_STORE)
        self._store_breaker, self._tails_breaker = Breaker(USER_STORE), Breaker(LIVE_EVENTS)

    def read(self, user_id: str) -> Known:
        """All that can be read; never raises."""
        known = Known([], [], [], [])
        try:
            object_ids, actions, timestamps = self._store_breaker.ask(
                lambda: self._limit.call(lambda: self._read_history(user_id))
            )
            known = Known(list(object_ids), list(actions), list(timestamps), [])
        except Exception:  # noqa: BLE001 - whatever it is, live events and popularity answer
            known.failed.append(USER_STORE)
        try:
            tail = self._tails_breaker.ask(lambda: self._tails.read(user_id))
        except Exception:  # noqa: BLE001 - the feature store knows what came before
            known.failed.append(LIVE_EVENTS)
        else:
            known.object_ids.extend(event.object_id for event in tail)
            known.actions.extend(event.action for event in tail)
            known.timestamps.extend(event.timestamp for event in tail)
        return known

    def stop(self) -> None:
        """End the threads."""
        self._limit.stop()
