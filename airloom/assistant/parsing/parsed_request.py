"""What a parser finds in a request: texts only; whether the catalogue knows them is for `resolve`."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Protocol

from airloom.assistant.parsing.price_range import PriceRange


class How(StrEnum):
    """What a request wants with a product or a content item that it names."""

    LIKE = "like"
    CHEAPER = "cheaper"
    DEARER = "dearer"
    SAME_BRAND = "same_brand"
    GOES_WITH = "goes_with"
    WATCHED = "watched"
    NOT = "not"


class ParsedCondition(NamedTuple):
    """Something that products must have, or must not have.

    Attributes:
        text: In the request's words.
        negated: A product that has it is left out.
        alternatives: What would do as well: "black or blue".
    """

    text: str
    negated: bool = False
    alternatives: tuple[str, ...] = ()


class ParsedReference(NamedTuple):
    """Something that the request names by its title."""

    title: str
    how: How


class ParsedClaim(NamedTuple):
    """What the request takes for a fact: the thing of that title has this value.

    Attributes:
        title: In the request's words.
        value: Likewise.
        relation: The word for what the value is, as "color"; None if the request does not say.
    """

    title: str
    value: str
    relation: str | None = None


class ParsedPriceClaim(NamedTuple):
    """What the request takes for a price: the thing of that title costs this.

    Attributes:
        title: In the request's words.
        price: Likewise.
        price_range: Within which it would be right.
    """

    title: str
    price: str
    price_range: PriceRange


class ParsedRequest(NamedTuple):
    """A request in parts.

    Attributes:
        conditions: In the order of the request.
        price_range: None if it names none.
        references: In the order of the request.
        claims: Likewise.
        in_common: What a product is to share with all that is named, as in "the same color": the word for it,
            or empty if the request does not say; None if it asks for nothing of the kind.
        rest: Words that are none of these and may still say what is wanted; they are looked for in titles.
        price_claims: In the order of the request.
    """

    conditions: tuple[ParsedCondition, ...] = ()
    price_range: PriceRange | None = None
    references: tuple[ParsedReference, ...] = ()
    claims: tuple[ParsedClaim, ...] = ()
    in_common: str | None = None
    rest: tuple[str, ...] = ()
    price_claims: tuple[ParsedPriceClaim, ...] = ()


class RequestParser(Protocol):
    """Reads requests."""

    def parse(self, query: str) -> ParsedRequest:
        """Return the parts of a request; its text is data, whatever it says."""
        ...
