from __future__ import annotations

import pytest

from airloom.assistant.parsing.parsed_request import ParsedCondition, ParsedRequest
from airloom.assistant.parsing.price_range import PriceRange
from airloom.assistant.resolve import MAX_HARD
from airloom.assistant.turns import Constraints, understand
from airloom.assistant.understood import PRICE, Understood
from tests.airloom.assistant.small_catalogue import GRAPH, PARSER


def talk(*queries: str, constraints: Constraints | None = None) -> Understood:
    turns = [PARSER.parse(query) for query in queries]
    return understand(turns, GRAPH, constraints or Constraints())


def conditions(understood: Understood) -> list[tuple[str, bool]]:
    return [(condition.text, condition.negated) for condition in understood.conditions]


@pytest.mark.parametrize(
    ("queries", "expected"),
    [
        (["shelf 2", "only in black"], [("shelf 2", False), ("black", False)]),
        (["shelf 2 in red", "rather in black"], [("shelf 2", False), ("black", False)]),
        (["black shelf 2", "shelf 3"], [("black", False), ("shelf 3", False)]),
        (["red", "not red"], [("red", True)]),
        (["not red", "red after all"], [("red", False)]),
        (["not red", "not by maker 2"], [("red", True), ("maker 2", True)]),
        (["like thing 12", "shelf 3"], [("shelf 3", False)]),  # a kind instead of a thing's kind
        (["for warm nights", "black"], [("warm nights", False), ("black", False)]),
        (["shelf 1", "black", "red"], [("shelf 1", False), ("red", False)]),
        (["red", "no red shelf 1"], [("red", False), ("red shelf 1", True)]),
        (["no red shelf 1", "red"], [("red shelf 1", True), ("red", False)]),
    ],
)
def test_a_later_request_refines_earlier_ones(queries: list[str], expected: list[tuple[str, bool]]) -> None:
    assert conditions(talk(*queries)) == expected


def test_each_bound_of_the_price_is_the_last_one_that_was_named() -> None:
    price = talk("shelf 2, under 50 euros", "over 10 euros", "under 30 euros").price_range
    assert (price.low, price.high) == (10.0, 30.0)


@pytest.mark.parametrize(
    ("queries", "price"),
    [
        (["around 40 euros", "under 20 euros"], PriceRange(None, 20.0, "EUR")),
        (["under 20 euros", "over 25 euros"], PriceRange(25.0, None, "EUR")),
        (["over 10 euros", "under 30 dollars"], PriceRange(None, 30.0, "USD")),
    ],
)
def test_bounds_that_do_not_go_together_are_the_later_requests_alone(
    queries: list[str], price: PriceRange
) -> None:
    assert talk(*queries).price_range == price


def test_a_later_no_takes_only_its_values_from_an_or() -> None:
    understood = talk("shelf 1 in red or black", "not red")
    [color] = [own for own in understood.conditions if own.text == "red or black"]
    assert [GRAPH.snapshot.attributes.values[value] for value in color.values] == ["black"]


def test_words_and_references_add_up_and_corrections_are_of_the_last_request() -> None:
    understood = talk("a quiet thing 12 by maker 3", "sturdy, not thing 22")
    assert {"quiet", "sturdy"} <= set(understood.words)
    assert [reference.title for reference in understood.references] == ["thing 12", "thing 22"]
    assert understood.corrections == ()
    assert talk("a quiet thing 12 by maker 3").corrections


def test_one_request_is_understood_by_itself() -> None:
    assert conditions(talk("shelf 2, no red")) == [("shelf 2", False), ("red", True)]


def test_constraints_hold_whatever_the_words_say() -> None:
    constraints = Constraints(
        must=(("color", "black"),),
        must_not=(("brand", "maker 2"),),
        price_range=PriceRange(high=20.0),
    )
    understood = talk("red shelf 2 by maker 2, under 50 euros", constraints=constraints)
    assert conditions(understood) == [
        ("shelf 2", False),
        ("color: black", False),
        ("brand: maker 2", True),
    ]
    assert understood.price_range.high == 20.0


def test_what_is_ignored_is_no_condition_no_price_and_no_word() -> None:
    ignored = frozenset(("red", PRICE, "quiet"))
    understood = talk("a quiet red shelf 2 under 50 euros", constraints=Constraints(ignored=ignored))
    assert conditions(understood) == [("shelf 2", False)]
    assert understood.price_range == PriceRange()
    assert "quiet" not in understood.words


@pytest.mark.parametrize("pair", [("color", "plaid"), ("flavor", "black"), ("", "")])
def test_a_constraint_that_the_catalogue_does_not_know_is_named(pair: tuple[str, str]) -> None:
    understood = talk("shelf 2", constraints=Constraints(must=(pair,)))
    assert understood.unknown == (f"{pair[0]}: {pair[1]}",)
    assert conditions(understood) == [("shelf 2", False)]


def test_of_a_long_conversation_the_newest_conditions_are_hard() -> None:
    makers = ParsedRequest(tuple(ParsedCondition(f"maker {number}") for number in range(5)))
    shelves = [f"shelf {number}" for number in range(MAX_HARD - 1)]
    conditions = understand([makers, ParsedRequest(tuple(map(ParsedCondition, shelves)))], GRAPH).conditions
    assert [own.text for own in conditions if own.is_hard] == ["maker 0", *shelves]
    assert [own.text for own in conditions if not own.is_hard] == ["maker 1", "maker 2", "maker 3", "maker 4"]
