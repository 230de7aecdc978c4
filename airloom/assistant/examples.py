"""Requests that a catalogue can answer, for somebody who does not know it yet."""

from __future__ import annotations

from typing import Final

import numpy as np

from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.graph.relations import KINDS, OF_OTHERS, SOFT
from airloom.assistant.parsing.parsed_request import RequestParser
from airloom.assistant.retrieval import retrieve
from airloom.assistant.turns import understand
from airloom.intents.linking.nodes import NO_NODE
from airloom.knowledge.claims import Relation

MAX_LENGTH: Final = 200
"""Characters of an example."""
MAX_TRIES: Final = 20
"""Categories that are tried for a form until its request is answered as it is meant."""


def example_requests(graph: CatalogueGraph, parser: RequestParser) -> list[str]:
    """Return up to five requests that are answered whole, each of another form and about another category.

    Args:
        graph: Of the catalogue.
        parser: As requests will be read.
    """
    objects = graph.snapshot.objects
    rows = graph.snapshot.products[objects.leaves[graph.snapshot.products] != NO_NODE]
    best_of_category: dict[int, int] = {}
    for row in rows[np.lexsort((rows, -objects.popularity[rows]))].tolist():
        best_of_category.setdefault(int(objects.leaves[row]), row)
    left = list(best_of_category.values())
    examples = []
    for form in (_below_a_price, _like_but_cheaper, _goes_with, _with_a_value, _without_a_value):
        for row in left[:MAX_TRIES]:
            example = form(row, graph)
            if _is_answered(example, graph, parser):
                examples.append(example)
                left.remove(row)
                break
    return examples


def _is_answered(request: str, graph: CatalogueGraph, parser: RequestParser) -> bool:
    if len(request) > MAX_LENGTH:
        return False
    understood = understand([parser.parse(request)], graph)
    retrieved = retrieve(understood, graph, count=1)
    whole = not (understood.corrections or understood.unknown or retrieved.relaxed)
    return whole and len(understood.conditions) > 0 and len(retrieved.rows) > 0


def _below_a_price(row: int, graph: CatalogueGraph) -> str:
    objects = graph.snapshot.objects
    prices = objects.prices[objects.active & (objects.leaves == objects.leaves[row])]
    known = prices[np.isfinite(prices)]
    return f"{_kind(row, graph)} under {np.ceil(np.median(known)):.0f}" if len(known) else _kind(row, graph)


def _like_but_cheaper(row: int, graph: CatalogueGraph) -> str:
    return f"something like “{graph.snapshot.objects.titles[row]}” but cheaper"


def _goes_with(row: int, graph: CatalogueGraph) -> str:
    return f"what goes with my {_kind(row, graph)}?"


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
