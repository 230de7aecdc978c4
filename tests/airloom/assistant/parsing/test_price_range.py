from __future__ import annotations

import pytest

from airloom.assistant.parsing.price_range import PriceRange, price_ranges_in, spending_limit


@pytest.mark.parametrize(
    ("text", "price_range"),
    [
        ("under 40 euros", PriceRange(high=40, currency="EUR")),
        ("no more than $1,200", PriceRange(high=1200, currency="USD")),
        ("at most 9.99", PriceRange(high=9.99)),
        ("at least 50 pounds", PriceRange(low=50, currency="GBP")),
        ("between 20 and 40", PriceRange(20, 40)),
        ("20-40 €", PriceRange(20, 40, "EUR")),
        ("20 to 40 dollars", PriceRange(20, 40, "USD")),
        ("around 40 euros", PriceRange(30, 50, "EUR")),
        ("a 40 euro gift", PriceRange(30, 50, "EUR")),
        ("max 1.000,50 EUR", PriceRange(high=1000.5, currency="EUR")),
        ("my limit is 50 dollars", PriceRange(high=50, currency="USD")),
        ("there are 15 dollars left for it", PriceRange(high=15, currency="USD")),
        ("30 dollars at most", PriceRange(high=30, currency="USD")),
        ("40 euros or more", PriceRange(low=40, currency="EUR")),
    ],
)
def test_amounts_with_a_bound_or_a_currency_are_a_price_range(text: str, price_range: PriceRange) -> None:
    [phrase] = price_ranges_in(f"a mug, {text}, please")
    assert phrase.price_range == price_range


@pytest.mark.parametrize(
    "text",
    ["a pack of 12", "size 42", "under 40 cm", "over 3 years", "20-40 people", "more than 2 pieces", "1984"],
)
def test_other_numbers_are_none(text: str) -> None:
    assert price_ranges_in(text) == []


def test_the_phrase_says_where_it_stands() -> None:
    text = "a mug under 40 euros for two"
    [phrase] = price_ranges_in(text)
    assert text[phrase.start : phrase.end].strip() == "under 40 euros"


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("at least 20 euros and at most 40", PriceRange(20, 40, "EUR")),
        ("under 40 euros, over 20", PriceRange(20, 40, "EUR")),
        ("under 40 euros, or over 60 euros", PriceRange(high=40, currency="EUR")),  # no price is both
        ("under 40 euros, over 20 dollars", PriceRange(high=40, currency="EUR")),
        ("under 40 euros, under 30 euros", PriceRange(high=40, currency="EUR")),
        ("20-40 euros, at most 30", PriceRange(20, 40, "EUR")),
    ],
)
def test_a_second_bound_counts_where_it_completes_the_first(text: str, budget: PriceRange) -> None:
    spent = spending_limit(price_ranges_in(text))
    assert spent is not None
    assert spent.price_range == budget


def test_an_amount_is_known_only_where_it_is_named_as_it_is() -> None:
    phrases = price_ranges_in("20 euros, about 30 euros, under 40 euros")
    assert [phrase.amount for phrase in phrases] == [20, None, None]


def test_nothing_said_of_prices_is_no_budget() -> None:
    assert spending_limit([]) is None
