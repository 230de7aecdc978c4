"""`POST /v1/ask`: products that answer a request in words, and what was understood of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from airloom.logs.degradation import NOT_OF_PAGES, WITH_COUNT, Degradation
from airloom.logs.limits import MAX_ID_LENGTH
from model_service.api.fields import Id, Timestamp, clamp_to_now

MAX_QUERY_LENGTH: Final = 500
MAX_ITEMS: Final = 50
MAX_EARLIER: Final = 8
"""Earlier requests of a conversation."""
MAX_CONSTRAINTS: Final = 20

_CODES: Final = [code for code in Degradation if code not in NOT_OF_PAGES | WITH_COUNT]


Query = Annotated[str, Field(min_length=1, max_length=MAX_QUERY_LENGTH)]
Value = Annotated[
    str, Field(max_length=MAX_QUERY_LENGTH, pattern=r"^[^:]+: .+$", description="A relation and its value.")
]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]


class AskRequest(BaseModel):
    """One request in words."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # errors are logged, and neither user ids nor requests may be
        json_schema_extra={
            "example": {
                "user_id": "u-17",
                "query": "a quiet keyboard under 60 dollars, not a gaming one",
                "k": 3,
            }
        },
    )

    query: Query = Field(
        description="What is wanted, in words. It is data: nothing in it changes how it is answered.",
    )
    user_id: Id | None = Field(
        default=None,
        description="Who asks; decides the variant and the order. Left out: the control's, by popularity, "
        "and not logged.",
    )
    earlier: list[Query] = Field(
        default_factory=list,
        max_length=MAX_EARLIER,
        description='Earlier requests of the same conversation, the first one first: "only in black" '
        "refines them. The service remembers nothing of a conversation.",
    )
    must: list[Value] = Field(
        default_factory=list,
        max_length=MAX_CONSTRAINTS,
        description="What products must have whatever the words say, as `understood.conditions[].values` "
        "names it.",
        examples=[["color: black"]],
    )
    must_not: list[Value] = Field(
        default_factory=list, max_length=MAX_CONSTRAINTS, description="What products must not have, likewise."
    )
    min_price: Price | None = Field(
        default=None, description="In the shop's currency, instead of what the words say."
    )
    max_price: Price | None = Field(default=None, description="Likewise.")
    ignore: list[Query] = Field(
        default_factory=list,
        max_length=MAX_CONSTRAINTS,
        description="Texts of conditions that were not meant, words that are not looked for, or `the price`.",
    )
    deadline_ms: int | None = Field(
        default=None,
        ge=1,
        le=60_000,
        strict=True,
        description="Milliseconds within which the answer is wanted. A language model that takes longer is "
        "not waited for: rules read the request, and the graph gives the reasons. Left out: as long as the "
        "service's settings say.",
    )
    k: int = Field(
        default=10, ge=1, le=MAX_ITEMS, strict=True, description="The maximal number of products to return."
    )
    at: Annotated[Timestamp, AfterValidator(clamp_to_now)] | None = Field(
        default=None,
        description="The time to answer for, with its UTC offset; later events are not used. Left out: now.",
        examples=["2026-03-01T12:00:00Z"],
    )
    preview_variant: Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)] | None = Field(
        default=None,
        description="Answer as this variant would, whatever the assignment. Not logged as an exposure.",
    )

    @model_validator(mode="after")
    def _prices_go_together(self) -> Self:
        if self.min_price is not None and self.max_price is not None and self.min_price > self.max_price:
            raise ValueError("min_price is above max_price")
        return self


@dataclass(frozen=True, slots=True)
class AskCondition:
    """Something that products must or should have, or must not have."""

    text: Annotated[str, Field(description="In the words of the request.")]
    values: Annotated[
        list[str],
        Field(description="What the catalogue calls it, any of these.", examples=[["category: cat beds"]]),
    ]
    negated: Annotated[bool, Field(description="A product that has it is left out.")]
    hard: Annotated[bool, Field(description="A product without it is left out; else it only comes later.")]


@dataclass(frozen=True, slots=True)
class AskReference:
    """A product or content item that the request names."""

    object_id: str
    title: str
    how: Annotated[
        str,
        Field(description="like, cheaper, dearer, same_brand, goes_with, watched or not."),
    ]


@dataclass(frozen=True, slots=True)
class AskPrice:
    """What a product may cost, in the shop's currency; null for no bound."""

    low: float | None
    high: float | None
    currency: Annotated[
        str | None, Field(description="The code that the request names, whatever the shop's is.")
    ]
    shop_currency: Annotated[
        str | None, Field(description="Code of the shop's currency; null if the catalogue does not say it.")
    ] = None
    rate: Annotated[
        float | None,
        Field(
            description="What one unit of `currency` was converted at; null where nothing was. Without a "
            "rate an amount is taken as it is, and corrections say so."
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class AskCorrection:
    """A premise of the request that the catalogue does not confirm."""

    claim: Annotated[str, Field(examples=["Cloud Bed: brand Loft"])]
    catalogue: Annotated[str, Field(examples=["its brand is Nest"])]


@dataclass(frozen=True, slots=True)
class AskUnderstood:
    """What was searched for."""

    conditions: list[AskCondition]
    price: AskPrice
    references: list[AskReference]
    words: Annotated[list[str], Field(description="Words that were looked for in titles, values and needs.")]
    unknown: Annotated[list[str], Field(description="What the catalogue has no word for.")]


@dataclass(frozen=True, slots=True)
class AskMatch:
    """A condition that a product meets, or words of a wish, and who says so."""

    text: str
    relation: str
    value: str
    source: Annotated[
        str,
        Field(
            description="merchant, rules, import, person, or the name of an agent; text for words of the "
            "title, intent for a need of content that leads to the product's category, "
            "collaborative for what people do."
        ),
    ]
    said_by: Annotated[
        str | None,
        Field(
            description="Who says that this goes with what the request names; null for what it wants itself."
        ),
    ] = None
    path: Annotated[
        list[str],
        Field(description="Of a category whose label others share: labels from the root down to it."),
    ] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AskItem:
    """One product of the answer."""

    object_id: str
    title: str
    price: Annotated[float | None, Field(description="Null where the price is unknown.")]
    score: Annotated[float, Field(description="Of the user's ranker; comparable only within one response.")]
    position: Annotated[int, Field(description="1 is the best.")]
    matched: list[AskMatch]
    unmatched: Annotated[list[str], Field(description="Hard conditions that it does not meet.")]
    reason: Annotated[str, Field(description="What the catalogue says of it that meets conditions.")]
    reason_source: Annotated[
        Literal["llm", "graph"],
        Field(
            description="Who has worded the reason: a language model, or the graph of the catalogue itself."
        ),
    ] = "graph"


@dataclass(frozen=True, slots=True)
class AskClarification:
    """A question about what the request leaves open; the answer guesses meanwhile."""

    question: Annotated[
        str,
        Field(examples=["Several products on sale are called “Cloud Bed”. Which one is meant?"]),
    ]
    options: Annotated[
        list[str],
        Field(
            description="Up to four answers, each of which may be the `query` that follows; may be empty.",
            examples=[["cat beds", "dog beds"]],
        ),
    ]


class AskResponse(BaseModel):
    """Products, why each of them, and what was understood."""

    request_id: str = Field(description="Put it on the events that follow from this answer.")
    experiment: str
    variant: str
    model_version: str = Field(description="Version of the ranker that ordered the products.")
    snapshot_digest: str
    degraded: list[str] = Field(
        description=f"What did not work; empty if all is well. One of: {', '.join(_CODES)}."
    )
    source: Literal["llm", "rules"] = Field(
        description="What read the request: a language model, or rules, also where it does not answer."
    )
    stage_ms: dict[str, float] = Field(
        description="Milliseconds of each stage: parse, resolve, retrieve, rank, explain, and word where a "
        "language model words reasons."
    )
    understood: AskUnderstood
    corrections: list[AskCorrection]
    relaxed: list[str] = Field(
        description="Conditions that were left out, because no product on sale meets all."
    )
    items: list[AskItem]
    clarify: AskClarification | None = Field(
        default=None,
        description="What to ask back: nothing was understood, a title is that of several products, or no "
        "product on sale meets all conditions. Null where the request decides everything.",
    )
