"""Takes events in: into the journal, so that none is lost, and into the tails, so that pages see them."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence

from airloom.logs.degradation import Degradation
from airloom.timestamps import seconds_of
from model_service.events.event import Event, EventsResponse
from model_service.metrics import EVENTS_ACCEPTED, EVENTS_REPEATED, EVENTS_UNWRITTEN
from model_service.outbox.journal import Journal
from model_service.users.tails import TailEvent, Tails

logger = logging.getLogger("airloom.service")


class Intake:
    """What `/v1/events` does.

    The journal comes first: an event that is in a tail alone would be called repeated when it is sent again,
    and would never be in the log. One that is in the journal twice, because the process died in between, is
    one event after validation, which keeps one row of each user, moment, action and object.

    Args:
        journal: Keeps the rows of tomorrow's log.
        tails: Shows them to the next page.
    """

    def __init__(self, journal: Journal, tails: Tails) -> None:
        self._journal, self._tails = journal, tails

    def take(self, events: Sequence[Event]) -> EventsResponse:
        """Take all events or none; returns when they are on the disk."""
        degraded: list[str] = []
        new = self._new(events, degraded)
        try:
            if new:
                self._journal.append([event.row() for event in new])
        except OSError:
            logger.exception("Events could not be written")
            EVENTS_UNWRITTEN.inc(len(new))
            return EventsResponse(
                accepted=0, repeated=len(events) - len(new), degraded=[Degradation.EVENT_LOG]
            )
        if Degradation.LIVE_EVENTS not in degraded:
            self._show(new, degraded)
        EVENTS_ACCEPTED.inc(len(new))
        EVENTS_REPEATED.inc(len(events) - len(new))
        return EventsResponse(accepted=len(new), repeated=len(events) - len(new), degraded=degraded)

    def _new(self, events: Sequence[Event], degraded: list[str]) -> list[Event]:
        """Those whose ids nobody sent before, here or in the tails."""
        distinct = list({(event.user_id, event.event_id): event for event in reversed(events)}.values())[::-1]
        known: set[tuple[str, str]] = set()
        try:
            for user_id, mine in _by_user(distinct).items():
                found = self._tails.known(user_id, [event.event_id for event in mine])
                known.update((user_id, event_id) for event_id in found)
        except Exception as error:  # noqa: BLE001 - whatever it is, the log must have them
            # the type alone: the message may hold the user's id
            logger.error("Live events cannot be looked up: %s", type(error).__name__)  # noqa: TRY400
            degraded.append(Degradation.LIVE_EVENTS)
        return [event for event in distinct if (event.user_id, event.event_id) not in known]

    def _show(self, events: Sequence[Event], degraded: list[str]) -> None:
        try:
            for user_id, mine in _by_user(events).items():
                self._tails.add(
                    user_id,
                    [
                        TailEvent(each.event_id, seconds_of(each.at), each.action, each.object_id)
                        for each in mine
                    ],
                )
        except Exception as error:  # noqa: BLE001 - they are in the log; pages see them tomorrow
            logger.error("Live events cannot be kept: %s", type(error).__name__)  # noqa: TRY400
            degraded.append(Degradation.LIVE_EVENTS)


def _by_user(events: Sequence[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        found[event.user_id].append(event)
    return found
