"""Reads a user's events: the history of the feature store, and the recent events since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Final, NamedTuple

from airloom.logs.degradation import Degradation
from model_service.user_events.circuit_breaker import CircuitBreaker
from model_service.user_events.recent_events import RecentEventStore

STORE_TIMEOUT_S: Final = 0.05
"""Seconds that a page waits for the feature store, and again for recent events."""

ReadHistory = Callable[[str], tuple[Sequence[str], Sequence[str], Sequence[int]]]
"""A user's events by id, as of the last daily run: object ids, actions, timestamps (seconds UTC)."""

ReadInferred = Callable[[str], tuple[Sequence[str], Sequence[float]]]
"""A user's behaviors beyond the log by id, as of the last daily run: object ids and weights."""


class UserEvents(NamedTuple):
    """A user's events; those that both sources have are there twice.

    Attributes:
        object_ids: What each event was about.
        actions: What was done.
        timestamps: Seconds since 1970 UTC.
        degraded: The sources that could not be read, or not wholly: `Degradation.USER_STORE`, `LIVE_EVENTS`.
    """

    object_ids: list[str]
    actions: list[str]
    timestamps: list[int]
    degraded: list[str]


class InferredIds(NamedTuple):
    """A user's behaviors beyond the log.

    Attributes:
        object_ids: Products.
        weights: Theirs.
        degraded: Whether they could not be read: `Degradation.INFERRED`.
    """

    object_ids: Sequence[str]
    weights: Sequence[float]
    degraded: list[str]


class UserEventReader:
    """Reads both sources; if one of them fails, the other still answers.

    Args:
        read_history: Reads the feature store; may fail, and has a timeout of its own.
        recent_events: What happened since; the same holds.
        read_inferred: Reads behaviors beyond the log; the same holds. By default nobody has any.
    """

    def __init__(
        self,
        read_history: ReadHistory,
        recent_events: RecentEventStore,
        *,
        read_inferred: ReadInferred = lambda _: ([], []),
    ) -> None:
        self._read_history, self._recent_events = read_history, recent_events
        self._read_inferred = read_inferred
        self._inferred_circuit = CircuitBreaker(Degradation.INFERRED)
        self._history_circuit = CircuitBreaker(Degradation.USER_STORE)
        self._recent_circuit = CircuitBreaker(Degradation.LIVE_EVENTS)

    def read(self, user_id: str) -> UserEvents:
        """Return all that can be read; never raises."""
        events = UserEvents([], [], [], [])
        try:
            object_ids, actions, timestamps = self._history_circuit.call(lambda: self._history(user_id))
            events = UserEvents(list(object_ids), list(actions), list(timestamps), [])
        except Exception:  # noqa: BLE001 - whatever it is, live events and popularity answer
            events.degraded.append(Degradation.USER_STORE)
        try:
            recent = self._recent_circuit.call(lambda: self._recent_events.read(user_id))
        except Exception:  # noqa: BLE001 - the feature store knows what came before
            events.degraded.append(Degradation.LIVE_EVENTS)
        else:
            events.object_ids.extend(event.object_id for event in recent.events)
            events.actions.extend(event.action for event in recent.events)
            events.timestamps.extend(event.timestamp for event in recent.events)
            if recent.damaged:
                events.degraded.append(Degradation.LIVE_EVENTS)
        return events

    def read_inferred(self, user_id: str) -> InferredIds:
        """Return what is inferred for a user; never raises."""
        try:
            object_ids, weights = self._inferred_circuit.call(lambda: self._inferred(user_id))
        except Exception:  # noqa: BLE001 - whatever it is, the ranker orders without them
            return InferredIds([], [], [Degradation.INFERRED])
        return InferredIds(object_ids, weights, [])

    def _inferred(self, user_id: str) -> tuple[Sequence[str], Sequence[float]]:
        """Return the behaviors of the feature store.

        Raises:
            ValueError: Its columns differ in length, a product is there twice, or a weight is not above 0.
        """
        object_ids, weights = self._read_inferred(user_id)
        if len(set(object_ids)) != len(weights) or not all(0 < weight < inf for weight in weights):
            raise ValueError("the inferred behaviors of a user are damaged")
        return object_ids, weights

    def _history(self, user_id: str) -> tuple[Sequence[str], Sequence[str], Sequence[int]]:
        """Return the history of the feature store.

        Raises:
            ValueError: Its columns differ in length.
        """
        history = self._read_history(user_id)
        if len(set(map(len, history))) > 1:
            raise ValueError("the history of a user is damaged")
        return history
