"""Ingests events: into the journal, so that none is lost, and into recent events, so that pages see them."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence

from airloom.logs.degradation import Degradation
from airloom.timestamps import seconds_of
from model_service.api.events import Event, EventsResponse
from model_service.metrics import EVENTS_ACCEPTED, EVENTS_REPEATED, EVENTS_UNWRITTEN
from model_service.outbox.event_records import to_record
from model_service.outbox.journal import Journal
from model_service.user_events.recent_events import RecentEvent, RecentEventStore

logger = logging.getLogger("airloom.service")


class EventIngest:
    """What `/v1/events` does.

    The journal comes first: an event that is only among the recent events would be called repeated when it is
    sent again, and would never be in the log. One that is in the journal twice, because the process died in
    between, is one event after validation, which keeps one row of each user, time, action and object.

    Args:
        journal: Keeps the rows of tomorrow's log.
        recent_events: Shows them to the next page.
    """

    def __init__(self, journal: Journal, recent_events: RecentEventStore) -> None:
        self._journal, self._recent_events = journal, recent_events

    def ingest(self, events: Sequence[Event]) -> EventsResponse:
        """Ingest all events or none; returns when they are stored durably."""
        degraded: list[str] = []
        new = self._without_repeated(events, degraded)
        try:
            if new:
                self._journal.append([to_record(event) for event in new])
        except OSError:
            logger.exception("Events could not be written")
            EVENTS_UNWRITTEN.inc(len(new))
            return EventsResponse(
                accepted=0, repeated=len(events) - len(new), degraded=[Degradation.EVENT_LOG]
            )
        if Degradation.LIVE_EVENTS not in degraded:
            self._add_to_recent(new, degraded)
        EVENTS_ACCEPTED.inc(len(new))
        EVENTS_REPEATED.inc(len(events) - len(new))
        return EventsResponse(accepted=len(new), repeated=len(events) - len(new), degraded=degraded)

    def _without_repeated(self, events: Sequence[Event], degraded: list[str]) -> list[Event]:
        """Return the events whose ids were not sent before, in this request or an earlier one."""
        distinct = list({(event.user_id, event.event_id): event for event in reversed(events)}.values())[::-1]
        repeated: set[tuple[str, str]] = set()
        try:
            for user_id, of_user in _by_user(distinct).items():
                ids = self._recent_events.known_ids(user_id, [event.event_id for event in of_user])
                repeated.update((user_id, event_id) for event_id in ids)
        except Exception as error:  # noqa: BLE001 - whatever it is, the log must have them
            # the type only: the message may hold the user's id
            logger.error("Live events cannot be looked up: %s", type(error).__name__)  # noqa: TRY400
            degraded.append(Degradation.LIVE_EVENTS)
        return [event for event in distinct if (event.user_id, event.event_id) not in repeated]

    def _add_to_recent(self, events: Sequence[Event], degraded: list[str]) -> None:
        try:
            for user_id, of_user in _by_user(events).items():
                self._recent_events.add(
                    user_id,
                    [
                        RecentEvent(event.event_id, seconds_of(event.at), event.action, event.object_id)
                        for event in of_user
                    ],
                )
        except Exception as error:  # noqa: BLE001 - they are in the log; pages see them tomorrow
            logger.error("Live events cannot be kept: %s", type(error).__name__)  # noqa: TRY400
            degraded.append(Degradation.LIVE_EVENTS)


def _by_user(events: Sequence[Event]) -> dict[str, list[Event]]:
    by_user: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_user[event.user_id].append(event)
    return by_user
