"""What a client may ask and what it gets: validated, and published as OpenAPI."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from airloom.logs.degradation import NOT_OF_PAGES, WITH_COUNT, Degradation

MAX_CANDIDATES = 1_000
MAX_ITEMS = 100
MAX_ID_LENGTH = 128

Id = Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)]


def _as_text(at: object) -> object:
    """Numbers would be taken for seconds since 1970, which the schema does not say.

    Raises:
        ValueError: It is a number, or a text that is one.
    """
    text = at if isinstance(at, str) else ""
    if isinstance(at, int | float) or text.strip().lstrip("+-").replace(".", "").isdigit():
        raise ValueError("should be written like 2026-03-01T12:00:00Z")
    return at


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Moment = Annotated[AwareDatetime, BeforeValidator(_as_text)]
"""A moment with its UTC offset, as text."""


AHEAD: Final = timedelta(minutes=5)
"""How far a client's clock may be ahead of ours."""


def until_now(at: datetime) -> datetime:
    """The moment in UTC; one that lies ahead, as far as clocks may differ, is now.

    What happened cannot lie in the future: a row with a later moment than its arrival would also outlive a
    request to forget its user, which is about everything up to then.

    Raises:
        ValueError: It lies before 1970, or further ahead.
    """
    now = datetime.now(UTC)
    if at > now + AHEAD:
        raise ValueError("lies in the future")
    if at < _EPOCH:
        raise ValueError("lies before 1970")
    return min(at.astimezone(UTC), now)


class RankRequest(BaseModel):
    """One page to be filled for one user."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # errors are logged, and user ids may not be
        json_schema_extra={"example": {"user_id": "u-17", "candidates": ["p-1", "p-2", "p-3"], "k": 2}},
    )

    user_id: Id = Field(description="Whose page it is; decides the variant.")
    candidates: list[Id] | None = Field(
        default=None,
        max_length=MAX_CANDIDATES,
        description="Products to order. Left out or null: the service chooses up to 300 by itself.",
    )
    k: int = Field(
        default=10, ge=1, le=MAX_ITEMS, strict=True, description="How many products to return at most."
    )
    at: Annotated[Moment, AfterValidator(until_now)] | None = Field(
        default=None,
        description="The moment to rank for, with its UTC offset; later events are not looked at. "
        "Left out: now. Replays set it.",
        examples=["2026-03-01T12:00:00Z"],
    )
    request_id: Id | None = Field(
        default=None,
        description="Your own id of this page, for tracing and replays. Left out: the service makes one.",
    )
    preview_variant: Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)] | None = Field(
        default=None,
        description="Answer as this variant would, whatever the assignment. Not logged as an exposure.",
    )


# Dozens of these are made for a page, of what is known to be right: dataclasses; models would be checked.


@dataclass(frozen=True, slots=True)
class ReasonEvent:
    """An event of the user that speaks for a product."""

    object_id: str
    title: str
    action: Annotated[str, Field(description="view, like, click, cart or order.")]
    at: datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a product stands where it stands."""

    chain: Annotated[
        list[str],
        Field(
            description="Intents from coarse to fine; empty where no intent of the user speaks for the "
            "product.",
            examples=[["green smoothies at home", "small kitchen appliances", "smoothie blender"]],
        ),
    ]
    events: Annotated[list[ReasonEvent], Field(description="The events behind it, strongest first.")]


@dataclass(frozen=True, slots=True)
class RankedItem:
    """One product of the page."""

    object_id: str
    title: str
    price: Annotated[float | None, Field(description="Null where the price is unknown.")]
    score: Annotated[float, Field(description="Comparable within one response alone.")]
    position: Annotated[int, Field(description="1 is the top of the page.")]
    reason: Reason


_PAGE_CODES: Final = [
    f"{code}:<count>" if code in WITH_COUNT else code for code in Degradation if code not in NOT_OF_PAGES
]


class RankResponse(BaseModel):
    """An ordered page, and what it was made with."""

    request_id: str = Field(description="Put it on the events that follow from this page.")
    experiment: str
    variant: str
    model_version: str = Field(description="Version of the ranker that ordered this page.")
    snapshot_digest: str
    degraded: list[str] = Field(
        description="What did not work or was left out; empty if all is well. "
        f"One of: {', '.join(_PAGE_CODES)}."
    )
    items: list[RankedItem]
