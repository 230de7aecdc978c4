from __future__ import annotations

import pytest

from airloom.assistant.parsing.parsed_request import ParsedPriceClaim
from airloom.assistant.parsing.price_range import PriceRange
from tests.airloom.assistant.parsing.small_words import PARSER

BED = "Cloud Donut Bed"
ABOUT_20 = PriceRange(19, 21, "EUR")


@pytest.mark.parametrize(
    ("query", "price", "price_range"),
    [
        (f"the {BED} costs 20 euros", "20 euros", ABOUT_20),
        (f"the “{BED}” went for 20 euros the other day", "20 euros", ABOUT_20),
        (f"I saw the {BED}, which costs only 20 euros", "20 euros", ABOUT_20),
        (f"I saw the {BED}. It was 20 euros", "20 euros", ABOUT_20),
        (f"I paid 20 euros for the {BED}", "20 euros", ABOUT_20),
        (f"the {BED} costs about 20 euros", "about 20 euros", PriceRange(15, 25, "EUR")),
        (f"the {BED} costs less than 20 euros", "less than 20 euros", PriceRange(high=20, currency="EUR")),
        (f"the {BED} sells for between 20 and 40", "between 20 and 40", PriceRange(20, 40)),
    ],
)
def test_what_a_named_thing_is_said_to_cost_is_a_claim_and_no_budget(
    query: str, price: str, price_range: PriceRange
) -> None:
    parsed = PARSER.parse(query)
    assert parsed.price_claims == (ParsedPriceClaim(BED, price, price_range),)
    assert parsed.price_range is None


@pytest.mark.parametrize(
    "query",
    [
        f"something like the {BED} that costs 20 euros",
        f"something like the {BED} for 20 euros",
        f"like the {BED}, 20 euros",
        f"like the {BED}. I want to pay 20 euros",
        "a mug that costs 20 euros",
        f"a mug costs 20 euros and is no {BED}",
        f"I paid with 20 euros. The {BED} is nice",
    ],
)
def test_what_may_be_spent_is_no_claim(query: str) -> None:
    parsed = PARSER.parse(query)
    assert parsed.price_claims == ()
    assert parsed.price_range == PriceRange(15, 25, "EUR")


def test_a_request_may_claim_a_price_and_name_another() -> None:
    parsed = PARSER.parse(f"the {BED} costs 20 euros. I want one in black for at most 15 euros")
    assert [claim.title for claim in parsed.price_claims] == [BED]
    assert parsed.price_range == PriceRange(high=15, currency="EUR")
    assert [condition.text for condition in parsed.conditions] == ["black"]


def test_the_words_of_a_claim_are_not_looked_for() -> None:
    assert PARSER.parse(f"the {BED} used to cost 20 euros, something fluffy").rest == ("fluffy",)


def test_of_several_titles_the_one_right_before_is_meant() -> None:
    parsed = PARSER.parse(f"the Trailhead Insulated Mug 500 ml and the {BED} cost 20 euros")
    assert [claim.title for claim in parsed.price_claims] == [BED]
