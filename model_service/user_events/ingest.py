"""Ingests events: into the event log, so that none is lost, and into recent events for the next pages."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol

from airloom.logs.degradation import Degradation
from airloom.timestamps import seconds_of
from model_service.api.events import Event, EventsResponse
from model_service.metrics import EVENTS_ACCEPTED, EVENTS_REPEATED, EVENTS_UNWRITTEN
from model_service.outbox.event_log import EventLog
from model_service.user_events.recent_events import RecentEvent, RecentEventStore

logger = logging.getLogger("airloom.service")


class SharedEventIds(Protocol):
    """The ids of events that processes on other machines accepted."""

    def known(self, event_ids: Mapping[str, Sequence[str]]) -> set[tuple[str, str]]:
        """Return which events were accepted, as user id and event id.

        Args:
            event_ids: The ids of some events, by user id.
        """
        ...

    def add(self, event_ids: Mapping[str, Sequence[str]]) -> None:
        """Note that events were accepted."""
        ...

    def erase(self, user_id: str) -> None:
        """Remove the ids of a user's events."""
        ...


class EventIngest:
    """What `/v1/events` does.

    The event log comes first: an event that is only among the recent events, or only known to other machines,
    would be called repeated when it is sent again, and would never be in the log.

    Args:
        event_log: Keeps the rows of tomorrow's log, and knows what processes of this machine accepted.
        recent_events: Shows events to the next page.
        shared_ids: Knows what other machines accepted; None where there is no such store.
    """

    def __init__(
        self,
        event_log: EventLog,
        recent_events: RecentEventStore,
        *,
        shared_ids: SharedEventIds | None = None,
    ) -> None:
        self._event_log, self._recent_events, self._shared_ids = event_log, recent_events, shared_ids

    def ingest(self, events: Sequence[Event]) -> EventsResponse:
        """Ingest all events or none; returns when they are stored durably."""
        degraded: list[str] = []
        distinct = list({(event.user_id, event.event_id): event for event in reversed(events)}.values())[::-1]
        elsewhere = self._accepted_elsewhere(distinct, degraded)
        sent = [event for event in distinct if (event.user_id, event.event_id) not in elsewhere]
        try:
            new = self._event_log.append(sent)
        except OSError:
            logger.exception("Events could not be written")
            EVENTS_UNWRITTEN.inc(len(sent))
            return EventsResponse(
                accepted=0, repeated=len(events) - len(sent), degraded=[Degradation.EVENT_LOG]
            )
        if Degradation.LIVE_EVENTS not in degraded:
            self._show(new, degraded)
        EVENTS_ACCEPTED.inc(len(new))
        EVENTS_REPEATED.inc(len(events) - len(new))
        return EventsResponse(accepted=len(new), repeated=len(events) - len(new), degraded=degraded)

    def _accepted_elsewhere(self, events: Sequence[Event], degraded: list[str]) -> set[tuple[str, str]]:
        if self._shared_ids is None:
            return set()
        try:
            return self._shared_ids.known(_ids_by_user(events))
        except Exception as error:  # noqa: BLE001 - whatever it is, the log must have them
            # the type only: the message may hold the user's id
            logger.error("Ids of events cannot be looked up: %s", type(error).__name__)  # noqa: TRY400
            degraded.append(Degradation.LIVE_EVENTS)
            return set()

    def _show(self, events: Sequence[Event], degraded: list[str]) -> None:
        """Let the next pages and the other machines know of the events; a return is nothing to rank by."""
        try:
            for user_id, of_user in _by_user([event for event in events if not event.is_return]).items():
                self._recent_events.add(
                    user_id,
                    [
                        RecentEvent(event.event_id, seconds_of(event.at), event.action, event.object_id)
                        for event in of_user
                    ],
                )
            if self._shared_ids is not None and events:
                self._shared_ids.add(_ids_by_user(events))
        except Exception as error:  # noqa: BLE001 - they are in the log; pages see them tomorrow
            logger.error("Live events cannot be kept: %s", type(error).__name__)  # noqa: TRY400
            degraded.append(Degradation.LIVE_EVENTS)


def _by_user(events: Sequence[Event]) -> dict[str, list[Event]]:
    by_user: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_user[event.user_id].append(event)
    return by_user


def _ids_by_user(events: Sequence[Event]) -> dict[str, list[str]]:
    return {user_id: [event.event_id for event in of_user] for user_id, of_user in _by_user(events).items()}
