"""Checks what a request takes for a fact: a value or a price of something that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from airloom.assistant.currency import conversion_of, converted
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.graph.relations import SOFT
from airloom.assistant.parsing.parsed_request import ParsedClaim, ParsedPriceClaim
from airloom.assistant.understood import Correction
from airloom.ranking.candidates.filters import within_bounds


def checked_value(claim: ParsedClaim, graph: CatalogueGraph) -> Iterator[Correction]:
    """Yield what the catalogue says instead of a value of a thing; nothing if it agrees."""
    row, attributes = graph.object_of(claim.title), graph.snapshot.attributes
    named = None if claim.relation is None else graph.relation_called(claim.relation)
    value = claim.value
    values = graph.about_products(
        graph.values.exact(value) if named is None else graph.values_called(value, named)
    )
    if row is None or graph.edge_to(row, values) is not None:
        return
    title = graph.snapshot.objects.titles[row]
    relations = {named} if named else graph.relations_of(values) - SOFT
    for relation in sorted(relations):
        own = [attributes.values[number] for number in graph.values_of(row, relation)]
        name = relation.replace("_", " ")
        says = f"its {name} is {', '.join(own)}" if own else f"it names no {name} of it"
        yield Correction(f"{title}: {name} {value}", says)


def checked_price(
    claim: ParsedPriceClaim, graph: CatalogueGraph, rates: Mapping[str, float]
) -> Iterator[Correction]:
    """Yield what a thing costs instead of what is said; nothing if that is about right."""
    row, shop = graph.object_of(claim.title), graph.snapshot.currency
    if row is None:
        return
    conversion = conversion_of(claim.price_range, shop, rates)
    is_comparable = conversion is None or conversion.rate is not None
    low, high, _ = converted(claim.price_range, conversion)
    price = graph.snapshot.objects.prices[row : row + 1]
    if is_comparable and within_bounds(price, low=low, high=high).item():
        return
    known = f"its price is {price.item():.2f} {shop}".strip()
    says = known if np.isfinite(price).item() else "it names no price of it"
    yield Correction(f"{graph.snapshot.objects.titles[row]}: price {claim.price}", says)
