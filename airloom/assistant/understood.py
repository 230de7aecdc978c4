"""A request as the catalogue understands it: values, products and prices, and what it had to correct."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.parsing.parsed_request import How
from airloom.assistant.parsing.price_range import PriceRange

PRICE: Final = "the price"
"""How a price range is named among conditions."""


class Condition(NamedTuple):
    """Something that a product must have, should have, or must not have.

    Attributes:
        text: In the request's words.
        values: int32 [n], values of the graph, any of which meets it.
        negated: A product that has any of them is left out.
        is_hard: A product without any of them is left out; otherwise it only comes later.
        is_demanded: By a form: it is never left out of the search.
        said_by: Where it follows from what is said of something named, as of what goes with it: labels of the
            values, each with who says so.
        follows: It follows from something named; the request has no words for it.
        together: Of a negated compound such as "red socks", further sets of values: a product is left out if
            it has one of `values` and one of each of these.
    """

    text: str
    values: NDArray[np.int32]
    negated: bool = False
    is_hard: bool = True
    is_demanded: bool = False
    said_by: tuple[tuple[str, str], ...] = ()
    follows: bool = False
    together: tuple[NDArray[np.int32], ...] = ()

    @property
    def sets(self) -> tuple[NDArray[np.int32], ...]:
        """Of each a product must have a value to have what is asked for, or ruled out."""
        return (self.values, *self.together)

    @property
    def is_optional(self) -> bool:
        """Whether products must have it, unless too few do."""
        return self.is_hard and not self.negated and not self.is_demanded


class Reference(NamedTuple):
    """An object that the request names.

    Attributes:
        row: In the snapshot.
        title: As the catalogue writes it.
        how: What the request wants with it.
    """

    row: int
    title: str
    how: How


class Beside(StrEnum):
    """How products are beside a named one by what people do; the relation that an answer names."""

    CHOSEN_LIKE = "chosen_like"
    BOUGHT_WITH = "bought_with"


class Neighborhood(NamedTuple):
    """Products beside named ones, for what the attribute graph does not say.

    Attributes:
        text: What the request wants, like that of a condition.
        name: What it names: a title, or a kind of product.
        rows: The objects that are named so.
        beside: How.
    """

    text: str
    name: str
    rows: tuple[int, ...]
    beside: Beside


class Correction(NamedTuple):
    """What the request says, and what the catalogue says instead."""

    claim: str
    catalogue: str


class CurrencyConversion(NamedTuple):
    """Amounts of a request that were not in the shop's currency.

    Attributes:
        currency: The code that the request names.
        shop: That of the shop.
        rate: What one unit was taken for in the shop's currency; None if nobody knows a rate.
    """

    currency: str
    shop: str
    rate: float | None


class Understood(NamedTuple):
    """A request in terms of one snapshot.

    Attributes:
        conditions: In the order of the request; those that follow from references come last.
        price_range: In the shop's currency: what the request says, what follows from "cheaper than", and what
            a form says.
        references: In the order of the request.
        corrections: False premises, and premises that nobody can check.
        unknown: What the request asks for and the catalogue has no word for.
        words: Stems that are looked for in titles, values and needs.
        neighborhoods: Where the graph does not say what is like a named product or goes with it.
        conversion: Of the price range; None if it was in the shop's currency, or names none.
        form_price: What a form says of the price: it is never left out of the search.
    """

    conditions: tuple[Condition, ...] = ()
    price_range: PriceRange = PriceRange()
    references: tuple[Reference, ...] = ()
    corrections: tuple[Correction, ...] = ()
    unknown: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    neighborhoods: tuple[Neighborhood, ...] = ()
    conversion: CurrencyConversion | None = None
    form_price: PriceRange = PriceRange()
