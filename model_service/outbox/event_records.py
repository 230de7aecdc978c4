"""An event on its way to the lake: a row of the table of events."""

from __future__ import annotations

from typing import Any, Final

from airloom.logs.contract import COMMERCE, CONTENT, CONTENT_ACTIONS, EVENTS
from airloom.timestamps import micros_of
from model_service.api.events import Event
from model_service.outbox.record_format import RecordFormat

EVENT_ID: Final = "event_id"
EVENT_RECORDS: Final = RecordFormat.row_per_line(EVENTS)
"""A line of the journal is a row."""


def to_record(event: Event) -> dict[str, Any]:
    """Return the event as a row of the table of events, `ts` in microseconds since 1970 UTC."""
    return {
        "user_id": event.user_id,
        "ts": micros_of(event.at),
        "domain": CONTENT if event.action in CONTENT_ACTIONS else COMMERCE,
        "action": event.action,
        "object_id": event.object_id,
        "dwell_s": event.dwell_s,
        "quantity": event.quantity,
        "unit_price": event.unit_price,
        "currency": event.currency,
        "request_id": event.request_id,
        EVENT_ID: event.event_id,
    }
