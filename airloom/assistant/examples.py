"""Requests that show what the assistant does with a catalogue, for somebody who does not know it yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.parsed_request import RequestParser
from airloom.assistant.request_forms import (
    after_watching,
    below_a_price,
    below_every_price,
    for_a_need,
    goes_with,
    like_but_cheaper,
    of_another_kind,
    says_nothing,
)
from airloom.assistant.retrieval import Retrieved, retrieve
from airloom.assistant.turns import understand
from airloom.assistant.understood import PRICE, Understood
from airloom.intents.linking.nodes import NO_NODE

MAX_LENGTH: Final = 200
"""Characters of an example."""
MAX_TRIES: Final = 20
"""Categories that are tried for a form until its request is answered as it is meant."""


class ExampleRequest(NamedTuple):
    """A request, and what its answer shows.

    Attributes:
        shows: A few words for people.
        query: The request.
    """

    shows: str
    query: str


class _Form(NamedTuple):
    """A way to ask about a product, and when the answer shows what the form is for."""

    shows: str
    query_of: Callable[[int, CatalogueGraph], str | None]
    is_shown: Callable[[Understood, Retrieved], bool]


def example_requests(graph: CatalogueGraph, parser: RequestParser) -> list[ExampleRequest]:
    """Return a request of each form that the catalogue can show, each about another category.

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
    for form in _FORMS:
        for row in left[:MAX_TRIES]:
            query = form.query_of(row, graph)
            if query is not None and _shows(query, form, graph, parser):
                examples.append(ExampleRequest(form.shows, query))
                left.remove(row)
                break
    return examples


def _shows(query: str, form: _Form, graph: CatalogueGraph, parser: RequestParser) -> bool:
    if len(query) > MAX_LENGTH:
        return False
    understood = understand([parser.parse(query)], graph)
    if understood.unknown or understood.words:  # it holds more than the form means
        return False
    retrieved = retrieve(understood, graph, count=1)
    return len(retrieved.rows) > 0 and form.is_shown(understood, retrieved)


def _is_whole(understood: Understood, retrieved: Retrieved) -> bool:
    return len(understood.conditions) > 0 and not (understood.corrections or retrieved.relaxed)


def _rules_something_out(understood: Understood, retrieved: Retrieved) -> bool:
    negated = [condition.negated for condition in understood.conditions]
    has_price = understood.price_range.high is not None
    return _is_whole(understood, retrieved) and any(negated) and not all(negated) and has_price


def _names_an_object(understood: Understood, retrieved: Retrieved) -> bool:
    return _is_whole(understood, retrieved) and len(understood.references) == 1


def _is_corrected(understood: Understood, retrieved: Retrieved) -> bool:
    return len(understood.conditions) > 0 and len(understood.corrections) == 1 and not retrieved.relaxed


def _is_too_cheap(understood: Understood, retrieved: Retrieved) -> bool:
    return len(understood.conditions) > 0 and retrieved.relaxed == (PRICE,)


def _is_empty(understood: Understood, retrieved: Retrieved) -> bool:
    return understood == Understood() and not retrieved.relaxed


_FORMS: Final = (
    _Form("a budget, and something ruled out", below_a_price, _rules_something_out),
    _Form("like a product, but cheaper", like_but_cheaper, _names_an_object),
    _Form("what goes with a thing", goes_with, _is_whole),
    _Form("a gift for a need", for_a_need, _is_whole),
    _Form("after a video", after_watching, _names_an_object),
    _Form("a false premise", of_another_kind, _is_corrected),
    _Form("a price that nothing has", below_every_price, _is_too_cheap),
    _Form("too little to go by", says_nothing, _is_empty),
)
