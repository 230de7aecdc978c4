"""Which products may answer a request: those that meet its hard conditions, or come closest to that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.understood import PRICE, Condition, Understood
from airloom.ranking.candidates.filters import ProductFilter, matching_products, within_bounds


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


def retrieve(
    understood: Understood, graph: CatalogueGraph, *, count: int, among: NDArray[np.int32] | None = None
) -> Retrieved:
    """Return the products that meet the hard conditions; if too few do, also those that lack one of them.

    Where none does, those that lack one condition answer, but not the kind of thing. Where there are none of
    these, the price is left out, then the kind too, then one condition after the other, the later first. What
    is negated or demanded is never left out, nor is the price of a form.

    Args:
        understood: The request.
        graph: Of the snapshot that is searched.
        count: Products that are wanted.
        among: int32 [n], rows of the only products that may answer; None for all.
    """
    rows = allowed_products(understood, graph, among)
    hard = [condition for condition in understood.conditions if condition.is_optional]
    met = np.array([np.isin(rows, graph.snapshot.attributes.products_with(own.values)) for own in hard])
    met = met.reshape(len(hard), len(rows))
    are_kinds = _are_kinds(hard, graph)
    low, high, _ = understood.price_range
    affordable = within_bounds(graph.snapshot.objects.prices[rows], low=low, high=high)
    relaxed: list[str] = []
    while True:
        lacking = len(hard) - met[: len(hard)].sum(axis=0)
        has_kind = met[: len(hard)][are_kinds[: len(hard)]].all(axis=0)
        fits = affordable & (lacking == 0)
        matching = int(fits.sum())
        if matching or not hard:
            if 0 < matching < count and len(hard) > 1:
                fits = fits | affordable & (lacking == 1) & has_kind
            if matching or affordable.all():
                return Retrieved(rows[fits], tuple(relaxed), matching)
        else:
            near = affordable & (lacking == 1)
            if not affordable.all() or (near & has_kind).any():
                near &= has_kind  # rather another price than another kind of thing
            if near.any():
                names = [own.text for own, has in zip(hard, met, strict=False) if not has[near].all()]
                return Retrieved(rows[near], (*relaxed, *names), int(near.sum()))
        if not affordable.all():
            affordable = np.ones_like(affordable)
            relaxed.append(PRICE)
        else:
            relaxed.append(hard.pop().text)


def _are_kinds(conditions: Sequence[Condition], graph: CatalogueGraph) -> NDArray[np.bool_]:
    """Return which conditions say what kind of thing is wanted, bool [n]: if any is narrow, only such.

    "Living large, storage bins" is about storage bins, even if there is a department called living.
    """
    kinds = [graph.kinds(condition.values).tolist() for condition in conditions]
    narrow = [any(_is_narrow(kind, graph) for kind in values) for values in kinds]
    return np.array(narrow if any(narrow) else [len(values) > 0 for values in kinds], np.bool_)


def _is_narrow(kind: int, graph: CatalogueGraph) -> bool:
    """Return whether all products of a kind are of one narrowest category."""
    leaves = graph.snapshot.objects.leaves[graph.snapshot.attributes.products(kind)]
    return len(leaves) > 0 and bool((leaves == leaves[0]).all())


def allowed_products(
    understood: Understood, graph: CatalogueGraph, among: NDArray[np.int32] | None = None
) -> NDArray[np.int32]:
    """Return the products on sale that nothing rules out, ascending: what is negated, named or demanded."""
    conditions = ProductFilter(
        all_of=[
            condition.values
            for condition in understood.conditions
            if condition.is_demanded and not condition.negated
        ],
        none_of=[condition.sets for condition in understood.conditions if condition.negated],
        low=understood.form_price.low,
        high=understood.form_price.high,
        without=[reference.row for reference in understood.references],
        among=among,
    )
    return matching_products(graph.snapshot, conditions)
