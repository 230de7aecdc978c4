"""`POST /v1/rank`: one page of products for one user."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from airloom.causes import Cause
from airloom.logs.degradation import NOT_OF_PAGES, WITH_COUNT, Degradation
from airloom.logs.limits import MAX_ID_LENGTH
from model_service.api.fields import Id, Timestamp, clamp_to_now

MAX_CANDIDATES: Final = 1_000
MAX_ITEMS: Final = 100

_PAGE_CODES: Final = [
    f"{code}:<count>" if code in WITH_COUNT else code for code in Degradation if code not in NOT_OF_PAGES
]
_CAUSES: Final = " ".join(f"`{cause}`: {cause.meaning}" for cause in Cause)


class RankRequest(BaseModel):
    """One page to be filled for one user."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # errors are logged, and user ids may not be
        json_schema_extra={"example": {"user_id": "u-17", "candidates": ["p-1", "p-2", "p-3"], "k": 2}},
    )

    user_id: Id = Field(description="The user who sees the page; decides the variant.")
    candidates: list[Id] | None = Field(
        default=None,
        max_length=MAX_CANDIDATES,
        description="Products to order. Left out or null: the service chooses up to 300 by itself.",
    )
    k: int = Field(
        default=10, ge=1, le=MAX_ITEMS, strict=True, description="The maximal number of products to return."
    )
    at: Annotated[Timestamp, AfterValidator(clamp_to_now)] | None = Field(
        default=None,
        description="The time to rank for, with its UTC offset; later events are not used. "
        "Left out: now. Replays set it.",
        examples=["2026-03-01T12:00:00Z"],
    )
    request_id: Id | None = Field(
        default=None,
        description="Your own id of this page, for tracing and replays, different for every page: the same "
        "request again gets the same page, another one is refused. Left out: the service makes one.",
    )
    preview_variant: Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)] | None = Field(
        default=None,
        description="Answer as this variant would, whatever the assignment. Not logged as an exposure.",
    )


# A page holds dozens of these, and their values are valid: dataclasses, which pydantic does not check again.


@dataclass(frozen=True, slots=True)
class ReasonEvent:
    """An event of the user that supports a product."""

    object_id: str
    title: str
    action: Annotated[str, Field(description="view, like, click, cart or order.")]
    at: datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a product is on the page."""

    chain: Annotated[
        list[str],
        Field(
            description="One intent path that every event below has, with or without its need, from coarse "
            "to fine, down to a category of the product; empty where the cause is another.",
            examples=[["green smoothies at home", "small kitchen appliances", "smoothie blender"]],
        ),
    ]
    events: Annotated[list[ReasonEvent], Field(description="The events behind the cause, strongest first.")]
    # with defaults, so that this release's client reads the pages of an older service
    cause: Annotated[
        Cause, Field(description=f"The intents, if they raise the score, else what raises it most. {_CAUSES}")
    ] = Cause.UNEXPLAINED
    text: Annotated[
        str,
        Field(
            description="The reason as a short English sentence.",
            examples=["chosen with Smoothie blender 600 W"],
        ),
    ] = ""


@dataclass(frozen=True, slots=True)
class RankedItem:
    """One product of the page."""

    object_id: str
    title: str
    price: Annotated[float | None, Field(description="Null where the price is unknown.")]
    score: Annotated[float, Field(description="Comparable only within one response.")]
    position: Annotated[int, Field(description="1 is the top of the page.")]
    reason: Reason


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
