from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.assistant.parsing.parsed_request import (
    How,
    ParsedClaim,
    ParsedCondition,
    ParsedReference,
    ParsedRequest,
)
from airloom.assistant.parsing.price_range import PriceRange
from tests.airloom.assistant.parsing.small_words import PARSER, TITLES, parser_of


def conditions(query: str) -> list[tuple[str, bool]]:
    return [
        (text, condition.negated)
        for condition in PARSER.parse(query).conditions
        for text in (condition.text, *condition.alternatives)
    ]


def test_a_request_is_divided_into_its_parts() -> None:
    query = "a quiet gift for somebody who has just begun bouldering, under 40 euros, not another chalk bag"
    assert PARSER.parse(query) == ParsedRequest(
        conditions=(ParsedCondition("bouldering"), ParsedCondition("chalk bag", negated=True)),
        price_range=PriceRange(high=40.0, currency="EUR"),
        rest=("quiet",),
    )


@pytest.mark.parametrize(
    ("query", "negated"),
    [
        ("no leather or wool", {"leather", "wool"}),
        ("without leather, in black", {"leather"}),
        ("not leather but wool", {"leather"}),
        ("anything but leather", {"leather"}),
        ("I do not want to spend much on leather", set()),
        ("not too expensive mugs", set()),
        ("leather, not wool", {"wool"}),
        ("no black leather mugs", {"black leather mugs"}),
        ("no red leather, not wool", {"red leather", "wool"}),  # nobody knows red
        ("no fluffernutter", {"fluffernutter"}),
        ("no wool or black leather", {"wool", "black leather"}),
        ("no black and leather", {"black", "leather"}),
    ],
)
def test_a_negation_is_about_what_follows_in_its_clause(query: str, negated: set[str]) -> None:
    assert {text for text, is_negated in conditions(query) if is_negated} == negated


@pytest.mark.parametrize(
    ("query", "tier"),
    [
        ("a cheap mug", ("budget", False)),
        ("mugs that are not too expensive", ("budget", False)),
        ("a luxury mug", ("premium", False)),
        ("a mug, but not a cheap one", ("budget", True)),
    ],
)
def test_words_for_prices_are_tiers(query: str, tier: tuple[str, bool]) -> None:
    assert tier in conditions(query)


@pytest.mark.parametrize(
    ("query", "title", "how"),
    [
        ("something like the Cloud Donut Bed", "Cloud Donut Bed", How.LIKE),
        ("like the cloud donut beds but cheaper", "cloud donut beds", How.CHEAPER),
        ("cheaper than the Cloud Donut Bed", "Cloud Donut Bed", How.CHEAPER),
        ("an upgrade of my old Cloud Donut Bed", "Cloud Donut Bed", How.DEARER),
        ("a mug by the maker of the Cloud Donut Bed", "Cloud Donut Bed", How.SAME_BRAND),
        ("it should go with my rope", "rope", How.GOES_WITH),
        ("I have just watched Cloud Donut Bed", "Cloud Donut Bed", How.WATCHED),
        ("a bed, not the Cloud Donut Bed", "Cloud Donut Bed", How.NOT),
        ('what about "Rope"?', "Rope", How.LIKE),
        ("I have the Cloud Donut Bed. What goes with it?", "Cloud Donut Bed", How.GOES_WITH),
        ("I bought “Rope”, any accessories for that?", "Rope", How.GOES_WITH),
        ("the Cloud Donut Bed, and it fits", "Cloud Donut Bed", How.LIKE),
    ],
)
def test_a_title_is_named_for_a_purpose(query: str, title: str, how: How) -> None:
    assert PARSER.parse(query).references == (ParsedReference(title, how),)


def test_values_with_or_between_them_are_one_condition() -> None:
    parsed = PARSER.parse("in black or wool, for winter")
    assert parsed.conditions == (
        ParsedCondition("black", alternatives=("wool",)),
        ParsedCondition("winter"),
    )


@pytest.mark.parametrize(
    ("query", "in_common"),
    [
        ("the same color as the Cloud Donut Bed", "color"),
        ("I liked the Cloud Donut Bed, both in black", ""),
        ("like the Cloud Donut Bed", None),
        ("the same color", None),  # as nothing
        ("I love the color of the Cloud Donut Bed, anything like it?", "color"),
        ("I love the color of the Cloud Donut Bed, the same feeling please", "color"),
        ("a black bed, like the Cloud Donut Bed", None),
    ],
)
def test_what_is_to_be_shared_with_a_named_thing(query: str, in_common: str | None) -> None:
    assert PARSER.parse(query).in_common == in_common


def test_a_year_after_a_name_is_a_part_of_it() -> None:
    parsed = parser_of(("1994",)).parse("like Cloud Donut Bed (1994), from 1994")
    assert parsed.conditions == (ParsedCondition("1994"),)


@pytest.mark.parametrize("query", ["I enjoyed his unique Rope", "like Rope Ladders", "on the edge of a rope"])
def test_a_title_of_one_word_needs_its_cue_right_before_it_and_no_longer_name(query: str) -> None:
    assert parser_of(titles=(*TITLES, "The Edge")).parse(query).references == ()


@pytest.mark.parametrize("query", ["Like Rope But Cheaper", "Something Like Rope For Winter"])
def test_a_word_of_every_request_after_a_title_makes_it_no_longer_name(query: str) -> None:
    assert [reference.title for reference in PARSER.parse(query).references] == ["Rope"]


def test_what_goes_with_a_kind_of_product_is_asked_by_its_name() -> None:
    parsed = PARSER.parse("what goes with my mugs, in black")
    assert parsed.references == (ParsedReference("mugs", How.GOES_WITH),)
    assert conditions("what goes with my mugs, in black") == [("black", False)]


def test_words_of_every_request_are_no_conditions_even_if_a_card_has_them() -> None:
    parser = parser_of(("the", "no", "cheap", "gift", "cat beds"))
    parsed = parser.parse("the gift is no cheap cat bed")
    assert parsed.conditions == (ParsedCondition("cat bed"), ParsedCondition("budget", negated=True))
    assert parsed.rest == ()


def test_a_title_of_one_word_is_an_ordinary_word_without_a_cue() -> None:
    assert PARSER.parse("a rope for winter").references == ()
    assert PARSER.parse("chalk bag").references == ()  # also a value: a kind of product is meant


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("the Cloud Donut Bed by Loft & Co", "Loft & Co"),
        ("Loft & Co's Cloud Donut Bed", "Loft & Co's"),
        ("you have “Cloud Donut Bed” under chalk bags, right?", "chalk bags"),
        ("“Cloud Donut Bed”, one of your chalk bags, was praised", "chalk bags"),
    ],
)
def test_what_is_taken_for_a_fact_is_a_claim_and_no_condition(query: str, value: str) -> None:
    parsed = PARSER.parse(query)
    assert parsed.claims == (ParsedClaim("Cloud Donut Bed", value),)
    assert parsed.conditions == ()


@given(st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    parsed = PARSER.parse(text)
    assert all(condition.text for condition in parsed.conditions)
    assert PARSER.parse(text) == parsed


@pytest.mark.parametrize(
    "query", ["something less expensive than Cloud Donut Bed", "like Cloud Donut Bed but less expensive"]
)
def test_less_expensive_is_a_comparison_and_no_tier(query: str) -> None:
    parsed = PARSER.parse(query)
    assert parsed.conditions == ()
    assert parsed.references == (ParsedReference("Cloud Donut Bed", How.CHEAPER),)


def test_a_year_makes_a_title_of_one_word_a_name() -> None:
    assert PARSER.parse("I have seen it, and Rope (1948)").references == (ParsedReference("Rope", How.LIKE),)


def test_a_title_that_begins_with_an_article_is_a_name_after_its_cue() -> None:
    parsed = parser_of(titles=("The Edge",)).parse("I recently watched The Edge and loved it")
    assert parsed.references == (ParsedReference("The Edge", How.WATCHED),)
