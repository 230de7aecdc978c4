from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from airloom.assistant.answer import AssistantAnswer
from airloom.assistant.assistant import answer
from airloom.assistant.clarify import clarification
from airloom.assistant.examples import example_requests
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.parsed_request import How
from airloom.assistant.parsing.rules import RulesParser
from airloom.assistant.turns import understand
from airloom.assistant.understood import PRICE
from tests.airloom.assistant.small_catalogue import GRAPH, PARSER, SNAPSHOT


def answered_to(query: str) -> AssistantAnswer:
    understood = understand([PARSER.parse(query)], GRAPH)
    return answer(understood, GRAPH, scores_of=SNAPSHOT.objects.popularity.__getitem__, count=3)


EXAMPLES = {example.shows: example.query for example in example_requests(GRAPH, PARSER)}


def test_there_is_one_of_each_form_about_eight_kinds() -> None:
    assert list(EXAMPLES) == [
        "a budget, and something ruled out",
        "like a product, but cheaper",
        "what goes with a thing",
        "a gift for a need",
        "after a video",
        "a false premise",
        "a price that nothing has",
        "too little to go by",
    ]
    assert len(set(EXAMPLES.values())) == len(EXAMPLES)


@pytest.mark.parametrize("query", EXAMPLES.values(), ids=EXAMPLES)
def test_every_example_is_read_whole_and_answered_with_products(query: str) -> None:
    answered = answered_to(query)
    assert (answered.understood.unknown, answered.understood.words) == ((), ())
    assert answered.items


def test_what_a_form_is_for_is_shown_and_nothing_else() -> None:
    answers = {shows: answered_to(query) for shows, query in EXAMPLES.items()}
    corrected = {shows for shows, own in answers.items() if own.understood.corrections}
    relaxed = {shows: own.relaxed for shows, own in answers.items() if own.relaxed}
    asked_back = {shows for shows, own in answers.items() if clarification(own, GRAPH) is not None}
    assert corrected == {"a false premise"}
    assert relaxed == {"a price that nothing has": (PRICE,)}
    assert asked_back == {"a price that nothing has", "too little to go by"}
    negated = answers["a budget, and something ruled out"].understood.conditions
    assert [condition.negated for condition in negated] == [False, True]
    assert answers["after a video"].understood.references[0].how is How.WATCHED


def test_what_goes_with_a_kind_is_asked_where_the_catalogue_says_it() -> None:
    popularity = np.zeros_like(SNAPSHOT.objects.popularity)
    popularity[[31, 22, 1]] = 3, 2, 1  # only shelf 0 goes with something
    shop = replace(SNAPSHOT, objects=SNAPSHOT.objects._replace(popularity=popularity))
    graph = CatalogueGraph(shop)
    assert "what goes with my shelf 0?" in [own.query for own in example_requests(graph, RulesParser(graph))]


def test_a_catalogue_without_categories_has_no_examples() -> None:
    leaves = np.full_like(SNAPSHOT.objects.leaves, -1)
    shop = replace(SNAPSHOT, objects=SNAPSHOT.objects._replace(leaves=leaves))
    assert example_requests(CatalogueGraph(shop), PARSER) == []
