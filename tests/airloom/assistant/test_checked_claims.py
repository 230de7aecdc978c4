from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from airloom.assistant.currency import NO_RATES
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.rules import RulesParser
from airloom.assistant.resolve import resolve
from airloom.assistant.understood import Correction
from tests.airloom.assistant.small_catalogue import SNAPSHOT

# Product `row` is called "thing <row>" and costs `row` + 1.


def corrections(
    query: str, rates: Mapping[str, float] = NO_RATES, prices: float | None = None
) -> tuple[Correction, ...]:
    objects = SNAPSHOT.objects
    if prices is not None:
        objects = objects._replace(prices=objects.prices * 0 + prices)
    graph = CatalogueGraph(replace(SNAPSHOT, currency="USD", objects=objects))
    return resolve(RulesParser(graph).parse(query), graph, rates).corrections


@pytest.mark.parametrize(
    "query",
    [
        "thing 18 costs 19 dollars",
        "thing 18 costs 20 dollars",  # five in a hundred more: people round
        "thing 18 costs about 22 dollars",
        "thing 18 costs less than 25 dollars",
        "thing 18 costs more than 10 dollars",
        "thing 18 sells for between 10 and 20 dollars",
        "I paid 19 dollars for thing 18",
    ],
)
def test_a_price_that_is_about_right_is_not_corrected(query: str) -> None:
    assert corrections(query) == ()


@pytest.mark.parametrize(
    ("query", "claim"),
    [
        ("thing 18 costs 21 dollars", "21 dollars"),
        ("thing 18 costs less than 15 dollars", "less than 15 dollars"),
        ("thing 18, which costs about 40 dollars", "about 40 dollars"),
        ("I paid $9 for thing 18", "$9"),
    ],
)
def test_a_wrong_price_is_corrected_by_the_true_one(query: str, claim: str) -> None:
    assert corrections(query) == (Correction(f"thing 18: price {claim}", "its price is 19.00 USD"),)


def test_a_price_in_another_currency_is_compared_by_its_rate() -> None:
    assert corrections("thing 18 costs 38 euros", {"EUR": 0.5}) == ()
    [correction] = corrections("thing 18 costs 19 euros", {"EUR": 0.5})
    assert correction.catalogue == "its price is 19.00 USD"


def test_without_a_rate_the_price_is_said_as_the_shop_has_it() -> None:
    assert corrections("thing 18 costs 19 euros") == (
        Correction("thing 18: price 19 euros", "its price is 19.00 USD"),
    )


def test_a_thing_whose_price_nobody_knows_is_said_to_have_none() -> None:
    [correction] = corrections("thing 18 costs 19 dollars", prices=float("nan"))
    assert correction.catalogue == "it names no price of it"
