from __future__ import annotations

from dataclasses import replace

import pytest

from airloom.assistant.answer import AssistantAnswer
from airloom.assistant.assistant import answer
from airloom.assistant.clarify import MAX_OPTIONS, Clarification, clarification
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.graph.words import stems_of
from airloom.assistant.parsing.rules import RulesParser
from airloom.assistant.turns import Constraints, understand
from airloom.ranking.attribute_graph import NO_ATTRIBUTES
from tests.airloom.assistant.injections import NAMES, TEXTS
from tests.airloom.assistant.small_catalogue import GRAPH, SNAPSHOT, small_catalogue

NO_CONSTRAINTS = Constraints()


def answered(
    *queries: str, graph: CatalogueGraph = GRAPH, form: Constraints = NO_CONSTRAINTS
) -> AssistantAnswer:
    parser = RulesParser(graph)
    understood = understand([parser.parse(query) for query in queries], graph, form)
    scores_of = graph.snapshot.objects.popularity.__getitem__
    return answer(understood, graph, scores_of=scores_of, count=10)


def asked(
    *queries: str, graph: CatalogueGraph = GRAPH, form: Constraints = NO_CONSTRAINTS
) -> Clarification | None:
    return clarification(answered(*queries, graph=graph, form=form), graph)


def called_alike(*rows: int) -> CatalogueGraph:
    """The shop, in which some products have one title."""
    objects = SNAPSHOT.objects
    titles = ["Same Name" if row in rows else title for row, title in enumerate(objects.titles)]
    return CatalogueGraph(replace(SNAPSHOT, objects=objects._replace(titles=titles)))


@pytest.mark.parametrize(
    "query",
    [
        "black",
        "shelf 2 under 50 euros",
        "under 50 euros",
        "not red",
        "like thing 12",
        "something for warm nights",
        "something with 23",  # in a title
    ],
)
def test_a_request_that_decides_everything_is_not_asked_about(query: str) -> None:
    assert asked(query) is None


@pytest.mark.parametrize(
    "query",
    [
        "surprise me",
        "?",
        "a fluffernutter",
        "what have you got",
        "忽略",
        "new to bouldering",
    ],
)
def test_where_nothing_is_understood_it_asks_for_a_popular_kind(query: str) -> None:
    question = asked(query)
    assert question is not None
    assert question.question == "What kind of product should it be?"
    assert len(question.options) == MAX_OPTIONS
    popularity = SNAPSHOT.objects.popularity
    sums = {
        f"shelf {shelf}": sum(
            popularity[row] for row in range(10 * shelf, 10 * shelf + 10) if SNAPSHOT.objects.active[row]
        )
        for shelf in range(24)
    }
    assert list(question.options) == sorted(sums, key=lambda kind: -sums[kind])[:MAX_OPTIONS]
    for option in question.options:
        following = answered(query, option)
        assert [own.text for own in following.understood.conditions] == [option]
        assert clarification(following, GRAPH) is None


def test_a_shop_of_which_nothing_is_said_has_no_kinds_to_name() -> None:
    graph = CatalogueGraph(replace(SNAPSHOT, attributes=NO_ATTRIBUTES))
    assert asked("surprise me", graph=graph) == Clarification("What kind of product should it be?", ())


@pytest.mark.parametrize(
    ("query", "question", "options"),
    [
        (
            "shelf 2, shelf 3",
            "“shelf 2” together with “shelf 3”. Does “shelf 2” matter",
            ["shelf 2", "shelf 3"],
        ),
        ("shelf 2, under 5 euros", "the price together with “shelf 2”. Does the price matter", ["up to 21"]),
        (
            "black, by the maker of thing 12, shelf 2, under 23 euros",
            "“black” together with",
            None,
        ),
        (
            "shelf 2, over 100 euros, not red",
            "the price together with “shelf 2” and “not red”",
            ["at least 30"],
        ),
    ],
)
def test_where_conditions_conflict_it_asks_which_matters_more(
    query: str, question: str, options: list[str] | None
) -> None:
    own = asked(query)
    assert own is not None
    assert own.question.startswith("No product on sale meets ")
    assert question in own.question
    assert own.options
    if options is not None:
        assert [option for option in own.options if option in options] == options
    for option in own.options:
        following = answered(query, option)
        assert following.relaxed == ()
        assert following.items


def test_another_kind_is_offered_only_from_the_same_department() -> None:
    assert asked("shelf 2, under 5 euros") == Clarification(
        "No product on sale meets the price together with “shelf 2”. Does the price matter more, or would "
        "something else do?",
        ("up to 21",),
    )
    hall = [(row, "category", "hall", "merchant", 1.0) for row in (*range(3, 5), *range(20, 30))]
    own = asked("shelf 2, under 5 euros", graph=CatalogueGraph(small_catalogue(*hall)))
    assert own is not None
    assert own.options == ("up to 21", "shelf 0")


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("shelf 2, shelf 3, under 1 euro", ("shelf 2, up to 21", "shelf 3, up to 31")),
        ("shelf 2, shelf 3, black, under 1 euro", ("shelf 2, up to 24", "shelf 3, up to 32")),
        ("shelf 2, shelf 3, over 300 euros", ("shelf 2, at least 30", "shelf 3, at least 40")),
    ],
)
def test_several_kinds_at_a_price_of_none_are_each_offered_at_its_own(
    query: str, options: tuple[str, ...]
) -> None:
    own = asked(query)
    assert own is not None
    assert own.options == options
    for option in own.options:
        following = answered(query, option)
        assert following.relaxed == ()
        assert following.items


def test_who_names_a_product_is_offered_no_other_kind() -> None:
    hall = [(row, "category", "hall", "merchant", 1.0) for row in (*range(3, 5), *range(20, 30))]
    own = asked("like thing 22, under 5 euros", graph=CatalogueGraph(small_catalogue(*hall)))
    assert own is not None
    assert own.options == ("up to 21",)


def test_a_condition_that_conflicts_with_nothing_else_is_asked_about_alone() -> None:
    assert asked("under 1 euro") == Clarification(
        "No product on sale meets the price. What would do instead?", ("up to 2",)
    )


def test_where_nothing_would_do_there_are_no_options() -> None:
    nowhere = Constraints(must=(("color", "black"), ("color", "red")))
    own = asked("shelf 2", form=nowhere)
    assert own is not None
    assert "“shelf 2” together with “color: black” and “color: red”" in own.question
    assert own.options == ()


def test_a_title_of_several_products_is_asked_about_once() -> None:
    graph = called_alike(12, 23, 34)
    own = asked("like Same Name", graph=graph)
    assert own is not None
    assert own.question == "Several products on sale are called “Same Name”. Which one is meant?"
    assert sorted(own.options) == ["shelf 1", "shelf 2", "shelf 3"]
    for option in own.options:
        following = answered("like Same Name", option, graph=graph)
        assert {item.matched[0].edge.value for item in following.items} == {option}
        assert clarification(following, graph) is None
    assert asked("like the Same Name of shelf 2", graph=graph) is None
    assert asked("like Same Name", graph=graph, form=Constraints(must=(("category", "shelf 3"),))) is None


def test_what_nothing_on_sale_tells_apart_is_not_asked_about() -> None:
    assert asked("like Same Name", graph=called_alike(12)) is None
    assert asked("like Same Name", graph=called_alike(12, 7)) is None  # thing 7 is not on sale
    graph = CatalogueGraph(replace(called_alike(12, 23).snapshot, attributes=NO_ATTRIBUTES))
    assert asked("like Same Name", graph=graph) is None


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_an_injection_asks_nothing_but_of_its_own_words_and_the_catalogue(text: str) -> None:
    own = asked(text)
    if own is None:
        return
    attributes = SNAPSHOT.attributes
    assert set(own.options) <= {*attributes.values, *SNAPSHOT.nodes.labels} | {
        option for option in own.options if option.startswith(("up to ", "at least "))
    }
    sentences = (
        "What kind of product should it be? Several products on sale are called. Which one is meant? "
        "No product on sale meets the price together with and not. Does matter more, or would something "
        "else do? What would do instead? of the kind of by the maker of goes with after the color of"
    )
    known = set(stems_of(" ".join([text, sentences, *attributes.values, *SNAPSHOT.objects.titles])))
    assert set(stems_of(own.question)) <= known
