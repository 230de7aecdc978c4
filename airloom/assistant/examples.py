"""Requests that a catalogue can answer, for somebody who does not know it yet."""

from __future__ import annotations

import numpy as np

from airloom.assistant.graph.catalogue_graph import KINDS, OF_OTHERS, SOFT, CatalogueGraph
from airloom.intents.linking.nodes import NO_NODE
from airloom.knowledge.claims import Relation


def example_requests(graph: CatalogueGraph) -> list[str]:
    """Return up to five requests, each of another form, about the most popular product of five categories."""
    objects = graph.snapshot.objects
    rows = graph.snapshot.products[objects.leaves[graph.snapshot.products] != NO_NODE]
    best_of_category: dict[int, int] = {}
    for row in rows[np.lexsort((rows, -objects.popularity[rows]))].tolist():
        best_of_category.setdefault(int(objects.leaves[row]), row)
    forms = (_below_a_price, _like_but_cheaper, _goes_with, _with_a_value, _without_a_value)
    return [form(row, graph) for form, row in zip(forms, best_of_category.values(), strict=False)]


def _below_a_price(row: int, graph: CatalogueGraph) -> str:
    objects = graph.snapshot.objects
    prices = objects.prices[objects.active & (objects.leaves == objects.leaves[row])]
    known = prices[np.isfinite(prices)]
    return f"{_kind(row, graph)} under {np.ceil(np.median(known)):.0f}" if len(known) else _kind(row, graph)


def _like_but_cheaper(row: int, graph: CatalogueGraph) -> str:
    return f"something like “{graph.snapshot.objects.titles[row]}” but cheaper"


def _goes_with(row: int, graph: CatalogueGraph) -> str:
    kind = _kind(row, graph)
    return f"what goes with my {kind}?" if graph.values_of(row, Relation.GOES_WITH) else kind


def _with_a_value(row: int, graph: CatalogueGraph) -> str:
    value = _value(row, graph)
    return f"cheap {_kind(row, graph)}" if value is None else f"{_kind(row, graph)}, {value}"


def _without_a_value(row: int, graph: CatalogueGraph) -> str:
    return f"{_kind(row, graph)}, not {_value(row, graph) or 'expensive'}"


def _kind(row: int, graph: CatalogueGraph) -> str:
    return graph.snapshot.nodes.labels[int(graph.snapshot.objects.leaves[row])].lower()


def _value(row: int, graph: CatalogueGraph) -> str | None:
    """Return a hard value of a product that is not its kind and no tier of prices; None without one."""
    attributes = graph.snapshot.attributes
    others = SOFT | OF_OTHERS | KINDS | {str(Relation.PRICE_TIER)}
    values = [value for value in graph.all_values_of(row) if attributes.relations[value] not in others]
    return attributes.values[values[0]] if values else None
