"""Events as clients send them, and rows of events as the journal keeps them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from model_service.api.events import Event

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def row(number: int, at: datetime = AT) -> dict[str, Any]:
    return {
        "user_id": f"u{number}",
        "ts": int(at.timestamp()) * 1_000_000 + number,
        "domain": "content",
        "action": "view",
        "object_id": "v1",
    }


def event(number: int, user: str = "u") -> Event:
    return Event(event_id=f"e{number}", user_id=user, action="order", object_id="p", quantity=1)
