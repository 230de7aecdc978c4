from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.parsed_request import ParsedClaim, ParsedCondition, ParsedRequest
from airloom.assistant.parsing.price_range import PriceRange
from airloom.assistant.parsing.rules import RulesParser
from airloom.assistant.resolve import MAX_HARD, resolve
from airloom.assistant.retrieval import allowed_products
from airloom.assistant.understood import Correction, Understood
from airloom.knowledge.edges import EDGES
from airloom.ranking.attribute_graph import attribute_graph
from tests.airloom.assistant.small_catalogue import (
    GRAPH,
    PARSER,
    SNAPSHOT,
    small_catalogue,
    with_aliases,
)


def understood(query: str) -> Understood:
    return resolve(PARSER.parse(query), GRAPH)


def values(query: str) -> list[tuple[str, list[str], bool]]:
    names = SNAPSHOT.attributes.values
    return [
        (condition.text, [names[value] for value in condition.values.tolist()], condition.is_hard)
        for condition in understood(query).conditions
    ]


def test_words_of_the_catalogue_are_values() -> None:
    assert values("black, for warm nights, no red") == [
        ("black", ["black"], True),
        ("warm nights", ["warm nights"], False),
        ("red", ["red"], True),
    ]
    assert [condition.negated for condition in understood("black, no red").conditions] == [False, True]


def test_of_a_negated_compound_only_what_has_all_of_it_is_ruled_out() -> None:
    request = understood("shelf 2, no red shelf 2")
    no = request.conditions[-1]
    assert (no.text, no.negated) == ("red shelf 2", True)
    left = allowed_products(request, GRAPH)
    of_shelf, color = left[(left >= 20) & (left < 30)], left % 2
    assert {*(of_shelf % 2).tolist()} == {1}  # black
    assert {*color.tolist()} == {0, 1}  # other shelves have red things


def test_a_negated_compound_with_a_part_that_nobody_knows_rules_nothing_out() -> None:
    request = understood("shelf 2, no red chiffon")
    assert [condition.text for condition in request.conditions] == ["shelf 2"]
    assert request.unknown == ("red chiffon",)


def test_words_that_no_product_and_no_need_has_are_named_as_they_are_written() -> None:
    request = understood("a soft Thing for Bouldering, for warm nights and bouldering fairies")
    assert request.unknown == ("soft", "Bouldering", "fairies")
    assert GRAPH.has_word("thing")


def test_an_alias_is_read_as_the_value_that_it_stands_for() -> None:
    graph = CatalogueGraph(
        with_aliases(noir="black", **{"cold sleepers": "warm nights", "alcove": "shelf 1"})
    )
    parser = RulesParser(graph)

    def read(query: str) -> list[tuple[str, list[str], bool, bool]]:
        names = graph.snapshot.attributes.values
        conditions = resolve(parser.parse(query), graph).conditions
        return [
            (own.text, [names[value] for value in own.values.tolist()], own.negated, own.is_hard)
            for own in conditions
        ]

    assert read("an alcove in noir for cold sleepers") == [
        ("alcove", ["shelf 1"], False, True),
        ("noir", ["black"], False, True),
        ("cold sleepers", ["warm nights"], False, False),
    ]
    assert read("not noir") == [("noir", ["black"], True, True)]
    assert read("red or noir") == [("red or noir", ["black", "red"], False, True)]
    assert understood("an alcove in noir").conditions == ()
    claimed = resolve(parser.parse("thing 3, in noir, by maker 3"), graph)
    assert claimed.corrections == ()
    assert resolve(parser.parse("thing 2 made of noir"), graph).corrections == (
        Correction("thing 2: color noir", "its color is red"),
    )


@pytest.mark.parametrize(
    ("query", "text", "expected", "hard"),
    [
        ("like thing 12", "of the kind of thing 12", ["shelf 1"], True),
        ("cheaper than thing 12", "of the kind of thing 12", ["shelf 1"], True),
        ("by the maker of thing 12", "by the maker of thing 12", ["maker 2"], True),
        ("it goes with thing 3", "goes with thing 3", ["shelf 1"], True),
        ("what goes with my shelf 0?", "goes with shelf 0", ["shelf 1"], True),
        ("just watched film 241", "after film 241", ["shelf 1"], False),
    ],
)
def test_a_reference_becomes_the_condition_that_follows_from_it(
    query: str, text: str, expected: list[str], hard: bool
) -> None:
    assert values(query) == [(text, expected, hard)]


@pytest.mark.parametrize(
    ("query", "price_range"),
    [
        ("cheaper than thing 12", PriceRange(high=12.99)),
        ("like thing 12 but cheaper, under 5 euros", PriceRange(high=5.0, currency="EUR")),
        ("an upgrade of thing 12, under 50 euros", PriceRange(13.01, 50.0, "EUR")),
        ("like thing 12", PriceRange()),
    ],
)
def test_the_tightest_price_counts(query: str, price_range: PriceRange) -> None:
    low, high, currency = understood(query).price_range
    assert currency == price_range.currency
    assert (low, high) == (pytest.approx(price_range.low), pytest.approx(price_range.high))


@pytest.mark.parametrize(
    ("query", "corrections"),
    [
        ("thing 12 by maker 2", []),
        ("thing 12 by maker 3", [Correction("thing 12: brand maker 3", "its brand is maker 2")]),
        ("maker 3's thing 12", [Correction("thing 12: brand maker 3's", "its brand is maker 2")]),
        ("thing 10 by maker 3", [Correction("thing 10: brand maker 3", "it names no brand of it")]),
        (
            "by the maker of thing 10",
            [Correction("thing 10 has a maker", "the catalogue names no brand of it")],
        ),
        (
            "it goes with thing 33",
            [Correction("something goes with thing 33", "the catalogue does not say what does")],
        ),
    ],
)
def test_a_premise_is_checked(query: str, corrections: list[Correction]) -> None:
    assert list(understood(query).corrections) == corrections


def test_a_kind_that_goes_with_nothing_and_an_unknown_title_are_named() -> None:
    assert understood("what goes with my shelf 5").corrections == (
        Correction("something goes with shelf 5", "the catalogue does not say what does"),
    )
    assert understood("like “thing 999”").corrections == ()  # no words of the catalogue at all


def test_what_fits_may_be_a_value_that_products_have_themselves() -> None:
    request = understood("a gift for my dad in black")
    assert [condition.text for condition in request.conditions] == ["black"]
    assert request.corrections == ()


@pytest.mark.parametrize(
    "query",
    [
        "something like thing 12 but in a different color",
        "like thing 12, any color",
        "like thing 12, from another brand",
        "I love the color of thing 12, but want black",
    ],
)
def test_what_is_mentioned_to_be_different_is_not_shared(query: str) -> None:
    assert not [text for text, *_ in values(query) if text.startswith("the ")]


def test_of_very_many_conditions_the_last_are_wishes_and_none_counts_twice() -> None:
    parsed = ParsedRequest(tuple(ParsedCondition(f"shelf {n % 24}") for n in range(60)))
    conditions = resolve(parsed, GRAPH).conditions
    assert len(conditions) == 24
    assert [condition.is_hard for condition in conditions] == [True] * MAX_HARD + [False] * (24 - MAX_HARD)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # a color or a maker is that of a large part of the shop, so it tells something only if it is named
        ("the same color as thing 12", [("the color of thing 12", ["red"], True)]),
        ("both like thing 12 and thing 17", []),  # their category, which follows from "like" already
        (
            "the same category as thing 12 and thing 27",
            [("the category of thing 12 and thing 27", ["shelf 1", "shelf 2"], True)],
        ),
    ],
)
def test_what_named_things_have_in_common(query: str, expected: list[tuple[str, list[str], bool]]) -> None:
    shared = [condition for condition in values(query) if condition[0].startswith("the ")]
    assert shared == expected


def test_a_false_premise_is_no_condition() -> None:
    assert [text for text, *_ in values("thing 12 by maker 3")] == ["of the kind of thing 12"]


@pytest.mark.parametrize(
    ("query", "corrections"),
    [
        (
            "thing 12, its color made by Nobody Known",
            [("thing 12: color Nobody Known", "its color is red")],
        ),
        ("thing 12 in the color by Red", []),
        ("thing 10, its maker called by Maker", [("thing 10: brand Maker", "it names no brand of it")]),
        ("thing 12, its maker named by Shelf", [("thing 12: brand Shelf", "its brand is maker 2")]),
    ],
)
def test_a_claim_that_names_its_relation_is_checked_in_it(
    query: str, corrections: list[tuple[str, str]]
) -> None:
    assert [tuple(correction) for correction in understood(query).corrections] == corrections


@pytest.mark.parametrize(
    ("query", "corrections"),
    [
        (
            "I know thing 12, and Nobody Known made it",
            [("thing 12: brand Nobody Known", "its brand is maker 2")],
        ),
        ("like thing 12. I hear that Maker 3 made it", [("thing 12: brand Maker 3", "its brand is maker 2")]),
        ("like thing 12, maker 2 made it", []),
        ("maker 3 made thing 12", [("thing 12: brand maker 3", "its brand is maker 2")]),
        ("Maker 3 makes the thing 12", [("thing 12: brand Maker 3", "its brand is maker 2")]),
        ("like thing 12, if Maker 3 made it", []),  # is only supposed
        ("thing 12 is well made, it is good", []),
        ("maker 3 made it", []),  # of nothing that is named
        ("Nobody Known starred in thing 12", []),  # nothing here has stars
    ],
)
def test_what_somebody_is_said_to_have_done_is_checked(
    query: str, corrections: list[tuple[str, str]]
) -> None:
    assert [tuple(correction) for correction in understood(query).corrections] == corrections


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a matching red shelf 2", [("red", True), ("shelf 2", True)]),
        ("matching red shelf 2", [("red", True), ("shelf 2", True)]),
        ("something matching my red shelf 0", [("goes with shelf 0", True)]),
        ("it goes with my red shelf 0", [("goes with shelf 0", True)]),
        ("fits shelf 0 in red", [("goes with shelf 0", True), ("red", True)]),
    ],
)
def test_an_adjective_is_of_the_thing_that_it_stands_before(
    query: str, expected: list[tuple[str, bool]]
) -> None:
    assert [(text, hard) for text, _, hard in values(query)] == expected


def test_a_correction_is_made_once() -> None:
    claim = ParsedClaim("thing 12", "Nobody", "color")
    assert len(resolve(ParsedRequest(claims=(claim, claim)), GRAPH).corrections) == 1


def test_what_is_shared_by_name_may_be_what_many_have() -> None:
    [condition] = [c for c in understood("the same color as thing 12").conditions if "color" in c.text]
    assert condition.is_hard
    assert [SNAPSHOT.attributes.values[value] for value in condition.values] == ["red"]


def test_a_no_that_rules_out_all_of_the_wanted_kind_is_a_false_premise() -> None:
    names = SNAPSHOT.objects.ids[20:30]  # all of shelf 2
    edges = pa.table(
        [
            pa.array([*names, *names, names[0]]),
            pa.array(["category"] * 20 + ["feature"]),
            pa.array(["gaming"] * 10 + ["shelf 2"] * 10 + ["gaming"]),
            pa.array(["merchant"] * 21),
            pa.array([1.0] * 21, pa.float32()),
        ],
        schema=EDGES,
    )
    shop = replace(SNAPSHOT, attributes=attribute_graph(edges, pa.array(SNAPSHOT.objects.ids)))
    graph = CatalogueGraph(shop)
    request = resolve(RulesParser(graph).parse("shelf 2, not for gaming"), graph)
    assert request.corrections == (Correction("shelf 2, but not gaming", "each is of category gaming"),)
    [no] = [condition for condition in request.conditions if condition.negated]
    assert [shop.attributes.relations[value] for value in no.values] == ["feature"]
    assert shop.attributes.products_with(no.values).tolist() == [20]


def test_a_video_leads_to_the_narrowest_kind_of_its_paths() -> None:
    row = SNAPSHOT.objects.titles.index("film 241")
    [path] = SNAPSHOT.paths.nodes[SNAPSHOT.paths.offsets[row] : SNAPSHOT.paths.offsets[row + 1]]
    broad = [SNAPSHOT.nodes.labels[node] for node in path[path >= 0][:-1]]
    assert broad
    graph = CatalogueGraph(small_catalogue(*((3, "category", label, "merchant", 1.0) for label in broad)))
    [condition] = resolve(RulesParser(graph).parse("just watched film 241"), graph).conditions
    assert [graph.snapshot.attributes.values[value] for value in condition.values] == ["shelf 1"]
