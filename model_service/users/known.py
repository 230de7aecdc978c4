"""What is known of a user's past: what the feature store keeps, and what happened since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from airloom.logs.degradation import Degradation
from model_service.users.breaker import Breaker
from model_service.users.tails import Tails

ReadHistory = Callable[[str], tuple[Sequence[str], Sequence[str], Sequence[int]]]
"""A user's events by id, as of the last daily run: object ids, actions, timestamps (seconds UTC)."""


class Known(NamedTuple):
    """Somebody's events; those that both sources have are there twice.

    Attributes:
        object_ids: What each event was about.
        actions: What was done.
        timestamps: Seconds since 1970 UTC.
        failed: The sources that could not be read, `Degradation.USER_STORE` or `LIVE_EVENTS`.
    """

    object_ids: list[str]
    actions: list[str]
    timestamps: list[int]
    failed: list[str]


class Users:
    """Reads both sources; what one of them lacks, the other still gives.

    Args:
        read_history: Reads the feature store; may fail, and limits by itself how long it takes.
        tails: What happened since; the same holds.
    """

    def __init__(self, read_history: ReadHistory, tails: Tails) -> None:
        self._read_history, self._tails = read_history, tails
        self._store_breaker, self._tails_breaker = (
            Breaker(Degradation.USER_STORE),
            Breaker(Degradation.LIVE_EVENTS),
        )

    def read(self, user_id: str) -> Known:
        """All that can be read; never raises."""
        known = Known([], [], [], [])
        try:
            object_ids, actions, timestamps = self._store_breaker.ask(lambda: self._read_history(user_id))
            known = Known(list(object_ids), list(actions), list(timestamps), [])
        except Exception:  # noqa: BLE001 - whatever it is, live events and popularity answer
            known.failed.append(Degradation.USER_STORE)
        try:
            tail = self._tails_breaker.ask(lambda: self._tails.read(user_id))
        except Exception:  # noqa: BLE001 - the feature store knows what came before
            known.failed.append(Degradation.LIVE_EVENTS)
        else:
            known.object_ids.extend(event.object_id for event in tail)
            known.actions.extend(event.action for event in tail)
            known.timestamps.extend(event.timestamp for event in tail)
        return known
