"""An event log in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model_service.api.events import Event
from model_service.outbox.event_records import to_record


class EventLogDouble:
    """Remembers rows by their id, or has no room for them."""

    def __init__(self, *, full: bool = False) -> None:
        self.rows: list[dict[str, Any]] = []
        self.full = full

    def append(self, events: Sequence[Event]) -> list[Event]:
        if self.full:
            raise OSError(28, "No space left on device")
        known = {(row["user_id"], row["event_id"]) for row in self.rows}
        new = [event for event in events if (event.user_id, event.event_id) not in known]
        self.rows += map(to_record, new)
        return new
