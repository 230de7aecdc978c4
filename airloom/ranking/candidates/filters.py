"""Which products on sale meet hard conditions: posting lists, prices, products left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.attribute_graph import AttributeGraph
from airloom.ranking.snapshot import Snapshot


@dataclass(frozen=True)
class ProductFilter:
    """Conditions that a product must meet.

    Attributes:
        all_of: Of each of these sets of values it must have one; values of `Snapshot.attributes`.
        none_of: Of each of these groups of sets there is one of which it has no value.
        low: Its price is at least this, in the shop's currency; None for no bound.
        high: Its price is at most this.
        without: Rows of products that are left out.
        among: int32 [n], the only rows that may be; None for all.
    """

    all_of: Sequence[NDArray[np.int32]] = ()
    none_of: Sequence[Sequence[NDArray[np.int32]]] = ()
    low: float | None = None
    high: float | None = None
    without: Sequence[int] = ()
    among: NDArray[np.int32] | None = None


def matching_products(snapshot: Snapshot, conditions: ProductFilter) -> NDArray[np.int32]:
    """Return the rows of the products on sale that meet all conditions, int32 [n], ascending."""
    objects, graph = snapshot.objects, snapshot.attributes
    fits = objects.active & objects.is_product
    for values in conditions.all_of:
        fits &= _having(graph, values, len(fits))
    for sets in conditions.none_of:
        fits &= ~np.logical_and.reduce([_having(graph, values, len(fits)) for values in sets])
    fits &= within_bounds(objects.prices, low=conditions.low, high=conditions.high)
    fits[list(conditions.without)] = False
    if conditions.among is not None:
        return np.unique(conditions.among[fits[conditions.among]]).astype(np.int32)
    return np.flatnonzero(fits).astype(np.int32)


def within_bounds(prices: NDArray[np.float32], *, low: float | None, high: float | None) -> NDArray[np.bool_]:
    """Return which prices, float32 [n], are within bounds, bool [n]; an unknown one (NaN) meets none."""
    within = np.ones(len(prices), np.bool_)
    if low is not None:
        within &= prices >= low
    if high is not None:
        within &= prices <= high
    return within


def _having(graph: AttributeGraph, values: NDArray[np.int32], count: int) -> NDArray[np.bool_]:
    """Return which objects have any of some values, bool [count]."""
    having = np.zeros(count, np.bool_)
    having[graph.products_with(values)] = True
    return having
