from __future__ import annotations

import pytest

from airloom.assistant.parsing.parsed_request import ParsedClaim, ParsedCondition
from tests.airloom.assistant.parsing.small_words import PARSER


@pytest.mark.parametrize(
    ("query", "claims"),
    [
        ("the Cloud Donut Bed by Loft & Co", [("Cloud Donut Bed", "Loft & Co", None)]),
        ("Loft & Co's Cloud Donut Bed", [("Cloud Donut Bed", "Loft & Co's", None)]),
        (
            "the Cloud Donut Bed, its colors made by Nobody Known",
            [("Cloud Donut Bed", "Nobody Known", "color")],
        ),
        ("a color chosen by Anna for the Cloud Donut Bed", [("Cloud Donut Bed", "Anna", "color")]),
        ("the Cloud Donut Bed, its color chosen by chance", []),
        ("a color by Nobody Known", []),  # of nothing that is named
        ("the Cloud Donut Bed. By the color of it. By Anna", []),  # another clause
        ("its color: not by Cloud Donut Bed", []),  # a title is no name of a maker
    ],
)
def test_what_is_taken_for_a_fact_about_a_named_thing(
    query: str, claims: list[tuple[str, str, str | None]]
) -> None:
    assert PARSER.parse(query).claims == tuple(ParsedClaim(*claim) for claim in claims)


def test_of_several_titles_the_one_before_the_claim_is_meant() -> None:
    parsed = PARSER.parse(
        "like the Cloud Donut Bed in the color by Anna, or the Trailhead Insulated Mug 500 ml"
    )
    assert [claim.title for claim in parsed.claims] == ["Cloud Donut Bed"]


def test_a_claim_is_no_condition() -> None:
    assert PARSER.parse("the Cloud Donut Bed by Loft & Co, in black").conditions == (
        ParsedCondition("black"),
    )
    assert PARSER.parse("the Cloud Donut Bed, its color by Black").conditions == ()
