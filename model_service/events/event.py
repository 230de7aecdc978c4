"""Events as a client reports them, and what it is told of them: validated, and published as OpenAPI."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from airloom.logs.contract import ACTIONS, COMMERCE, CONTENT, CONTENT_ACTIONS, EVENTS
from airloom.timestamps import micros_of
from model_service.outbox.lines import Lines
from model_service.pages.schema import Id, Moment, until_now

MOST_EVENTS: Final = 500
"""In one request."""
LATE: Final = timedelta(days=7)
"""Older events belong to a corrected delivery of their day, not here."""


def _recent(at: datetime) -> datetime:
    found = until_now(at)
    if found < datetime.now(UTC) - LATE:
        raise ValueError(f"is older than {LATE.days} days: deliver it to the landing zone of its day instead")
    return found


class Event(BaseModel):
    """Something that a user did."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # errors are logged, and user ids may not be
        json_schema_extra={
            "example": {"event_id": "e-1", "user_id": "u-17", "action": "view", "object_id": "v-9"}
        },
    )

    event_id: Id = Field(description="Yours, different for every event: sending one again changes nothing.")
    user_id: Id
    action: Literal["view", "like", "click", "cart", "order"] = Field(
        description="view and like are about content; click, cart and order about products."
    )
    object_id: Id
    at: Annotated[Moment, AfterValidator(_recent)] = Field(
        default_factory=lambda: datetime.now(UTC),
        description="When, with its UTC offset. Left out: now.",
        examples=["2026-03-01T12:00:00Z"],
    )
    dwell_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    quantity: Annotated[int, Field(ge=1, le=1_000_000, strict=True)] | None = None
    unit_price: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    request_id: Id | None = Field(default=None, description="Of the page that the event followed from.")

    def row(self) -> dict[str, Any]:
        """A row of the table of events, `ts` in microseconds since 1970 UTC."""
        return {
            "user_id": self.user_id,
            "ts": micros_of(self.at),
            "domain": CONTENT if self.action in CONTENT_ACTIONS else COMMERCE,
            "action": self.action,
            "object_id": self.object_id,
            "dwell_s": self.dwell_s,
            "quantity": self.quantity,
            "unit_price": self.unit_price,
            "currency": self.currency,
            "request_id": self.request_id,
        }


EVENT_LINES: Final = Lines.one_a_row(EVENTS)
"""An event's row as the journal keeps it."""

assert set(Event.model_fields["action"].annotation.__args__) == set(ACTIONS)  # type: ignore[union-attr]  # noqa: S101


class EventsRequest(BaseModel):
    """One event or many, of one user or many; all of them or none are taken."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    events: list[Event] = Field(min_length=1, max_length=MOST_EVENTS)


class EventsResponse(BaseModel):
    """What became of the events."""

    accepted: int = Field(description="Events that were new. They are on the disk and will be in the log.")
    repeated: int = Field(description="Events that had been taken before; nothing changed.")
    degraded: list[str] = Field(
        description="What did not work; empty if all is well. event_log: nothing could be written, send all "
        "of them again. live_events: they are in the log, but the next pages do not see them."
    )
