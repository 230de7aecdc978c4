"""`POST /v1/events`: what users did, as a client reports it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from airloom.logs.degradation import Degradation
from airloom.logs.limits import CURRENCY, MAX_DWELL_S, MAX_PRICE, MAX_QUANTITY, RESEND_WINDOW
from model_service.api.fields import Id, Timestamp, clamp_to_now

MAX_BATCH_EVENTS: Final = 500
"""Of one request."""


def _refuse_old(at: datetime) -> datetime:
    """Refuse what is older than ids are remembered; it belongs to a corrected delivery of its day.

    Raises:
        ValueError: It is.
    """
    clamped = clamp_to_now(at)
    if clamped < datetime.now(UTC) - RESEND_WINDOW:
        raise ValueError(
            f"is older than {RESEND_WINDOW.days} days: deliver it to the landing zone of its day instead"
        )
    return clamped


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
    user_id: Id = Field(description="The user who did it.")
    action: Literal["view", "like", "click", "cart", "order"] = Field(
        description="view and like are about content; click, cart and order about products."
    )
    object_id: Id = Field(description="The content item or product that it is about.")
    at: Annotated[Timestamp, AfterValidator(_refuse_old)] = Field(
        default_factory=lambda: datetime.now(UTC),
        description="When, with its UTC offset. Left out: now.",
        examples=["2026-03-01T12:00:00Z"],
    )
    dwell_s: Annotated[float, Field(ge=0, le=MAX_DWELL_S, allow_inf_nan=False)] | None = Field(
        default=None, description="Seconds that the user spent on the object."
    )
    quantity: Annotated[int, Field(ge=-MAX_QUANTITY, le=MAX_QUANTITY, strict=True)] | None = Field(
        default=None,
        description="The number of pieces, of an order or a cart; not 0. A return is an order with a number "
        "below zero and the order's `request_id`.",
    )
    unit_price: Annotated[float, Field(ge=0, le=MAX_PRICE, allow_inf_nan=False)] | None = Field(
        default=None, description="The price of one piece, in `currency`; a free one costs 0."
    )
    currency: Annotated[str, Field(pattern=CURRENCY)] | None = Field(
        default=None, description="ISO 4217 code of the price, for example EUR."
    )
    request_id: Id | None = Field(
        default=None, description="`request_id` of the page that the event followed from."
    )

    @model_validator(mode="after")
    def _pieces_fit_the_action(self) -> Self:
        if self.quantity == 0:
            raise ValueError("quantity is zero")
        if self.is_return and self.action != "order":
            raise ValueError("quantity is less than zero, which only an order may have (a return)")
        return self

    @property
    def is_return(self) -> bool:
        """Whether it takes pieces of an order back."""
        return self.quantity is not None and self.quantity < 0


class EventsRequest(BaseModel):
    """One event or many, of one user or many; all of them or none are ingested."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    events: list[Event] = Field(
        min_length=1, max_length=MAX_BATCH_EVENTS, description="What users did, in any order."
    )


class EventsResponse(BaseModel):
    """What became of the events."""

    accepted: int = Field(
        description="The number of new events. They are stored durably and will be in the log."
    )
    repeated: int = Field(description="The number of events that were ingested before; nothing changed.")
    degraded: list[str] = Field(
        description="What did not work; empty if all is well. "
        f"{Degradation.EVENT_LOG}: nothing could be written, send all of them again. "
        f"{Degradation.LIVE_EVENTS}: they are in the log, but the next pages do not see them."
    )
