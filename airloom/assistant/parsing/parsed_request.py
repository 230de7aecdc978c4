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
    """Something that products must have, or must not have if it is negated, in the request's words."""

    text: str
    negated: bool = False


class ParsedReference(NamedTuple):
    """Something that the request names by its title."""

    title: str
    how: How


class ParsedClaim(NamedTuple):
    """What the request takes for a fact: the thing of that title has this value."""

    title: str
    value: str


class ParsedRequest(NamedTuple):
    """A request in parts.

    Attributes:
        conditions: In the order of the request.
        price_range: None if it names none.
        references: In the order of the request.
        claims: Likewise.
        rest: Words that are none of these and may still say what is wanted; they are looked for in titles.
    """

    conditions: tuple[ParsedCondition, ...] = ()
    price_range: PriceRange | None = None
    references: tuple[ParsedReference, ...] = ()
    claims: tuple[ParsedClaim, ...] = ()
    rest: tuple[str, ...] = ()


class RequestParser(Protocol):
    """Reads requests."""

    def parse(self, query: str) -> ParsedRequest:
        """Return the parts of a request; its text is data, whatever it says."""
        ...
