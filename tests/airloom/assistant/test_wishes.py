from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from airloom.assistant.answer import AssistantAnswer, Match
from airloom.assistant.assistant import answer
from airloom.assistant.graph.catalogue_graph import CatalogueGraph, Edge
from airloom.assistant.parsing.rules import RulesParser
from airloom.assistant.turns import understand
from airloom.assistant.wishes import INTENT, TEXT, TITLE_WORDS, Wishes
from tests.airloom.assistant.small_catalogue import SNAPSHOT
from tests.airloom.ranking.small_shop import LEAVES, MIDS, PRODUCTS, TOPS

FIRST_NEED = TOPS + TOPS * MIDS + TOPS * MIDS * LEAVES


def shop() -> CatalogueGraph:
    """Need 2 is "begun bouldering" and leads to shelf 2, need 3 "gaming in bed" to shelf 3."""
    labels = list(SNAPSHOT.nodes.labels)
    labels[FIRST_NEED + 2], labels[FIRST_NEED + 3] = "begun bouldering", "gaming in bed"
    titles = list(SNAPSHOT.objects.titles)
    titles[100] = "thing 100, quiet and bouldering"
    return CatalogueGraph(
        replace(
            SNAPSHOT,
            nodes=SNAPSHOT.nodes._replace(labels=labels),
            objects=SNAPSHOT.objects._replace(titles=titles),
        )
    )


GRAPH = shop()


def ask(query: str) -> AssistantAnswer:
    understood = understand([RulesParser(GRAPH).parse(query)], GRAPH)
    return answer(understood, GRAPH, scores_of=SNAPSHOT.objects.popularity.__getitem__, count=10)


def rows(answered: AssistantAnswer) -> list[int]:
    return [SNAPSHOT.index[item.object_id] for item in answered.items]


def test_a_wish_is_found_by_the_needs_of_intents_and_the_answer_says_so() -> None:
    answered = ask("a gift for somebody who has just begun bouldering")
    *needed, last = answered.items
    assert {row // PRODUCTS for row in rows(answered)[1:9]} == {2}
    for item in needed[1:8]:
        [match] = item.matched
        assert match.text == "bouldering"  # "begun" is a word of many requests
        assert match.edge[:3] == ("need", "begun bouldering", INTENT)
        assert item.reason == "need: begun bouldering"
    assert answered.relaxed == ()
    assert last.unmatched == ()


def test_words_of_a_title_count_more_than_a_need_of_the_category() -> None:
    answered = ask("quiet bouldering")
    assert rows(answered)[0] == 100
    assert answered.items[0].matched == (
        Match("quiet bouldering", Edge(TITLE_WORDS, "quiet bouldering", TEXT, 1.0)),
    )


def test_wishes_leave_nothing_out() -> None:
    answered = ask("shelf 5, quiet bouldering")
    assert {row // PRODUCTS for row in rows(answered)} == {5}
    assert len(answered.items) == (SNAPSHOT.objects.active[50:60]).sum()
    assert {item.unmatched for item in answered.items} == {()}


@pytest.mark.parametrize("query", ["something for the bed", "the bed, no gaming"])
def test_a_need_with_words_of_what_is_wanted_speaks_for_products(query: str) -> None:
    assert Wishes.of(understand([RulesParser(GRAPH).parse(query)], GRAPH), GRAPH).needs


def test_what_is_not_wanted_is_no_need_to_speak_of() -> None:
    values = [*SNAPSHOT.attributes.values]
    values[0] = "gaming"
    graph = CatalogueGraph(replace(GRAPH.snapshot, attributes=SNAPSHOT.attributes._replace(values=values)))
    parser = RulesParser(graph)
    assert Wishes.of(understand([parser.parse("in bed")], graph), graph).needs
    assert not Wishes.of(understand([parser.parse("in bed, no gaming")], graph), graph).needs
    assert Wishes.of(understand([parser.parse("in bed, no black gaming")], graph), graph).needs


def test_scores_are_coarse_so_that_the_ranker_decides_among_what_fits_about_alike() -> None:
    wishes = Wishes.of(understand([RulesParser(GRAPH).parse("quiet bouldering 100")], GRAPH), GRAPH)
    assert len(np.unique(wishes.scores(GRAPH))) < 10
    assert wishes.scores(GRAPH).max() == pytest.approx(1)
