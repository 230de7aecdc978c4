from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from airloom.assistant.assistant import answer
from airloom.assistant.clarify import Clarification, clarification
from airloom.assistant.currency import NO_RATES
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.price_range import PriceRange
from airloom.assistant.parsing.rules import RulesParser
from airloom.assistant.turns import Constraints, understand
from airloom.assistant.understood import PRICE, Correction, CurrencyConversion, Understood
from tests.airloom.assistant.small_catalogue import SNAPSHOT

RATES = {"EUR": 1.1, "JPY": 0.0065}


def read(
    *queries: str, rates: Mapping[str, float] = NO_RATES, shop: str = "USD", ignore: str = ""
) -> Understood:
    graph = CatalogueGraph(replace(SNAPSHOT, currency=shop))
    parser = RulesParser(graph)
    constraints = Constraints(ignored=frozenset([ignore]))
    return understand([parser.parse(query) for query in queries], graph, constraints, rates=rates)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("shelf 2 under 40 euros", PriceRange(high=44.0, currency="EUR")),
        ("shelf 2, between 20 and 40 €", PriceRange(22.0, 44.0, "EUR")),
        ("shelf 2 under 3,000 yen", PriceRange(high=19.5, currency="JPY")),
    ],
)
def test_an_amount_is_converted_and_the_answer_says_so(query: str, expected: PriceRange) -> None:
    understood = read(query, rates=RATES)
    assert understood.price_range == expected
    assert understood.conversion is not None
    assert understood.conversion[1:] == ("USD", RATES[understood.conversion.currency])
    assert understood.corrections == ()


@pytest.mark.parametrize("query", ["shelf 2 under 40 dollars", "shelf 2 under $40", "shelf 2 under 40"])
def test_the_shop_s_own_currency_is_taken_as_it_is(query: str) -> None:
    understood = read(query, rates=RATES | {"USD": 7.0})
    assert (understood.price_range.high, understood.conversion) == (40.0, None)


def test_without_a_rate_the_answer_says_what_prices_are_in_and_asks() -> None:
    understood = read("shelf 2 under 20 pounds", rates=RATES)
    assert understood.price_range == PriceRange(high=20.0, currency="GBP")
    assert understood.conversion == CurrencyConversion("GBP", "USD", None)
    assert understood.corrections == (
        Correction("prices in GBP", "prices are in USD, and no rate is known: the amount was taken as USD"),
    )
    graph = CatalogueGraph(replace(SNAPSHOT, currency="USD"))
    answered = answer(understood, graph, scores_of=SNAPSHOT.objects.popularity.__getitem__, count=3)
    assert clarification(answered, graph) == Clarification(
        "Prices are in USD, not in GBP. What may it cost in USD?", ("up to 20 USD",)
    )
    following = read("shelf 2 under 20 pounds", "up to 25 USD")
    assert (following.price_range.high, following.conversion, following.corrections) == (25.0, None, ())


def test_a_shop_of_unknown_currency_takes_amounts_as_they_are() -> None:
    understood = read("shelf 2 under 20 pounds", shop="")
    assert (understood.price_range.high, understood.conversion, understood.corrections) == (20.0, None, ())


def test_a_price_that_was_not_meant_needs_no_rate() -> None:
    understood = read("shelf 2 under 20 pounds", ignore=PRICE)
    assert (understood.price_range, understood.conversion, understood.corrections) == (PriceRange(), None, ())


def test_cheaper_than_a_product_is_in_the_shop_s_currency_already() -> None:
    understood = read("cheaper than thing 12, over 2 euros", rates=RATES)
    assert understood.price_range == PriceRange(2.2, 12.99, "EUR")


def test_a_later_request_keeps_what_an_earlier_one_was_converted_at() -> None:
    understood = read("shelf 2 under 40 euros", "only in red", rates=RATES)
    assert understood.price_range.high == 44.0
    assert understood.conversion == CurrencyConversion("EUR", "USD", 1.1)
    assert read("shelf 2 under 20 pounds", "only in red").corrections
