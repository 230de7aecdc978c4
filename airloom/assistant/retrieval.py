"""Which products may answer a request: those that meet its hard conditions, or come closest to that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.price_range import PriceRange
from airloom.assistant.understood import Condition, Understood
from airloom.ranking.candidates.filters import ProductFilter, matching_products

PRICE: Final = "the price"
"""How a price range that was left out is named."""


class Retrieved(NamedTuple):
    """Products that may answer a request.

    Attributes:
        rows: int32 [n], ascending.
        relaxed: What was left out, because no product meets all.
        matching: How many products meet the rest; the others of `rows` lack one condition.
    """

    rows: NDArray[np.int32]
    relaxed: tuple[str, ...]
    matching: int


def retrieve(understood: Understood, graph: CatalogueGraph, *, count: int) -> Retrieved:
    """Return the products that meet the hard conditions; if too few do, also those that lack one of them.

    Where none does, conditions are left out until one does: any single one, the later first; then the price;
    then one after the other. What is negated is never left out.

    Args:
        understood: The request.
        graph: Of the snapshot that is searched.
        count: Products that are wanted.
    """
    hard = [condition for condition in understood.conditions if condition.is_hard and not condition.negated]
    prices = understood.price_range
    relaxed: list[str] = []
    while True:
        rows = _matching(hard, prices, understood, graph)
        if len(rows) or not (hard or prices != PriceRange()):
            near = _lacking_one(hard, prices, understood, graph) if 0 < len(rows) < count else rows
            return Retrieved(np.union1d(rows, near).astype(np.int32), tuple(relaxed), len(rows))
        for index in reversed(range(len(hard))):
            rows = _matching(_without(hard, index), prices, understood, graph)
            if len(rows):
                return Retrieved(rows, (*relaxed, hard[index].text), len(rows))
        if prices != PriceRange():
            prices = PriceRange()
            relaxed.append(PRICE)
        else:
            relaxed.append(hard.pop().text)


def _lacking_one(
    hard: Sequence[Condition], prices: PriceRange, understood: Understood, graph: CatalogueGraph
) -> NDArray[np.int32]:
    """Return the products that lack one condition, but not what kind of thing they are."""
    near = [np.empty(0, np.int32)]
    if len(hard) > 1:
        near += [
            _matching(_without(hard, index), prices, understood, graph)
            for index, condition in enumerate(hard)
            if not len(graph.kinds(condition.values))
        ]
    return np.concatenate(near)


def _without(hard: Sequence[Condition], index: int) -> list[Condition]:
    return [*hard[:index], *hard[index + 1 :]]


def _matching(
    hard: Sequence[Condition], prices: PriceRange, understood: Understood, graph: CatalogueGraph
) -> NDArray[np.int32]:
    negated = [condition.values for condition in understood.conditions if condition.negated]
    conditions = ProductFilter(
        all_of=[condition.values for condition in hard],
        none_of=np.concatenate(negated) if negated else None,
        low=prices.low,
        high=prices.high,
        without=[reference.row for reference in understood.references],
    )
    return matching_products(graph.snapshot, conditions)
