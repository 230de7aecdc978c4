from __future__ import annotations

import pytest

from airloom.assistant.parsing.price_range import PriceRange, price_range_in


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
    phrase = price_range_in(f"a mug, {text}, please")
    assert phrase is not None
    assert phrase.price_range == price_range


@pytest.mark.parametrize(
    "text",
    ["a pack of 12", "size 42", "under 40 cm", "over 3 years", "20-40 people", "more than 2 pieces", "1984"],
)
def test_other_numbers_are_none(text: str) -> None:
    assert price_range_in(text) is None


def test_the_phrase_says_where_it_stands() -> None:
    text = "a mug under 40 euros for two"
    phrase = price_range_in(text)
    assert phrase is not None
    assert text[phrase.start : phrase.end].strip() == "under 40 euros"
