"""Which products may answer a request: those that meet its hard conditions, or come closest to that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.price_range import PriceRange
from airloom.assistant.understood import PRICE, Condition, Understood
from airloom.ranking.candidates.filters import ProductFilter, matching_products


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


class _Matching:
    """Finds the products that meet what is left of a request, never those that it rules out."""

    def __init__(
        self, understood: Understood, graph: CatalogueGraph, among: NDArray[np.int32] | None
    ) -> None:
        negated = [condition.values for condition in understood.conditions if condition.negated]
        self._snapshot = graph.snapshot
        self._always = ProductFilter(
            none_of=np.concatenate(negated) if negated else None,
            without=[reference.row for reference in understood.references],
            among=among,
        )

    def __call__(self, hard: Sequence[Condition], prices: PriceRange) -> NDArray[np.int32]:
        """Return the rows that meet all of `hard` within the prices, int32 [n], ascending."""
        values = [condition.values for condition in hard]
        conditions = replace(self._always, all_of=values, low=prices.low, high=prices.high)
        return matching_products(self._snapshot, conditions)


def retrieve(
    understood: Understood, graph: CatalogueGraph, *, count: int, among: NDArray[np.int32] | None = None
) -> Retrieved:
    """Return the products that meet the hard conditions; if too few do, also those that lack one of them.

    Where none does, those that lack one condition answer: not the kind of thing, if that helps. Where there
    are none of these, the price is left out, then one condition after the other, the later first. What is
    negated is never left out.

    Args:
        understood: The request.
        graph: Of the snapshot that is searched.
        count: Products that are wanted.
        among: int32 [n], rows of the only products that may answer; None for all.
    """
    matching = _Matching(understood, graph, among)
    hard = [condition for condition in understood.conditions if condition.is_hard and not condition.negated]
    prices = understood.price_range
    relaxed: list[str] = []
    while True:
        rows = matching(hard, prices)
        others = [condition for condition in hard if not len(graph.kinds(condition.values))]
        if len(rows) or not (hard or prices != PriceRange()):
            is_short = len(hard) > 1 and 0 < len(rows) < count
            near = _lacking(others, hard, prices, matching) if is_short else {}
            return Retrieved(_union([rows, *near.values()]), tuple(relaxed), len(rows))
        near = _lacking(others, hard, prices, matching) or _lacking(hard, hard, prices, matching)
        if near:
            rows = _union(near.values())
            return Retrieved(rows, (*relaxed, *near), len(rows))
        if prices != PriceRange():
            prices = PriceRange()
            relaxed.append(PRICE)
        else:
            relaxed.append(hard.pop().text)


def _lacking(
    conditions: Iterable[Condition], hard: Sequence[Condition], prices: PriceRange, matching: _Matching
) -> dict[str, NDArray[np.int32]]:
    """Return the products that meet all of `hard` but one of some conditions, by its text."""
    lacking = {}
    for left_out in conditions:
        rows = matching([condition for condition in hard if condition is not left_out], prices)
        if len(rows):
            lacking[left_out.text] = rows
    return lacking


def _union(parts: Iterable[NDArray[np.int32]]) -> NDArray[np.int32]:
    return np.unique(np.concatenate([np.empty(0, np.int32), *parts]))
