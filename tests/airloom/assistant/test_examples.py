from __future__ import annotations

from dataclasses import replace

import numpy as np

from airloom.assistant.assistant import answer
from airloom.assistant.examples import example_requests
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.rules import RulesParser
from airloom.assistant.turns import understand
from tests.airloom.assistant.small_catalogue import GRAPH, PARSER, SNAPSHOT


def test_the_five_most_popular_kinds_have_an_example_of_a_form_of_their_own() -> None:
    examples = example_requests(GRAPH, PARSER)
    assert len(set(examples)) == 5
    forms = (" under ", " but cheaper", "shelf", ", ", ", not ")
    assert all(form in example for form, example in zip(forms, examples, strict=True))


def test_every_example_is_understood_and_answered() -> None:
    for example in example_requests(GRAPH, PARSER):
        understood = understand([PARSER.parse(example)], GRAPH)
        answered = answer(understood, GRAPH, scores_of=SNAPSHOT.objects.popularity.__getitem__, count=3)
        assert understood.conditions
        assert (understood.corrections, understood.unknown, answered.relaxed) == ((), (), ())
        assert answered.items


def test_what_goes_with_a_kind_is_asked_where_the_catalogue_says_it() -> None:
    popularity = np.zeros_like(SNAPSHOT.objects.popularity)
    popularity[[31, 22, 1]] = 3, 2, 1  # only shelf 0 goes with something
    shop = replace(SNAPSHOT, objects=SNAPSHOT.objects._replace(popularity=popularity))
    graph = CatalogueGraph(shop)
    assert example_requests(graph, RulesParser(graph))[2] == "what goes with my shelf 0?"


def test_a_catalogue_without_categories_has_no_examples() -> None:
    leaves = np.full_like(SNAPSHOT.objects.leaves, -1)
    shop = replace(SNAPSHOT, objects=SNAPSHOT.objects._replace(leaves=leaves))
    assert example_requests(CatalogueGraph(shop), PARSER) == []
