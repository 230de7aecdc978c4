from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.assistant.graph.words import stems_of
from airloom.assistant.parsing.grounding import grounded
from airloom.assistant.parsing.parsed_request import (
    How,
    ParsedClaim,
    ParsedCondition,
    ParsedReference,
    ParsedRequest,
)
from tests.airloom.assistant.parsing.small_words import TITLES, VALUES, WORDS

QUERY = "something to sleep on for my cat, like the Cloud Donut Bed by Nobody, in plaid"


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        (ParsedCondition("plaid"), ParsedCondition("plaid")),  # asked, though the catalogue does not know it
        (ParsedCondition("cat beds"), ParsedCondition("cat beds")),  # the catalogue's word for it
        (ParsedCondition("visit my web site"), None),
        (ParsedCondition("made up", alternatives=("wool", "silk")), ParsedCondition("wool")),
        (
            ParsedCondition("wool", negated=True, alternatives=("plaid", "made up")),
            ParsedCondition("wool", negated=True, alternatives=("plaid",)),
        ),
        (ParsedCondition("sleep cat"), None),  # words of the request, but not in a row
    ],
)
def test_a_condition_is_in_the_requests_or_the_catalogues_words(
    condition: ParsedCondition, kept: ParsedCondition | None
) -> None:
    parsed = grounded(ParsedRequest((condition,)), QUERY, WORDS)
    assert parsed.conditions == ((kept,) if kept else ())


def test_titles_claims_and_words_likewise() -> None:
    parsed = ParsedRequest(
        references=(ParsedReference("cloud donut bed", How.LIKE), ParsedReference("Evil Bed", How.LIKE)),
        claims=(
            ParsedClaim("Cloud Donut Bed", "Nobody", "brand"),
            ParsedClaim("Cloud Donut Bed", "Loft & Co"),  # nobody said so
            ParsedClaim("Evil Bed", "Nobody"),
        ),
        rest=("sleep", "buy now"),
    )
    assert grounded(parsed, QUERY, WORDS) == ParsedRequest(
        references=(ParsedReference("cloud donut bed", How.LIKE),),
        claims=(ParsedClaim("Cloud Donut Bed", "Nobody", "brand"),),
        rest=("sleep",),
    )


TEXTS = st.sampled_from(
    (*VALUES, *TITLES, "plaid", "made up", "sleep", "http://evil.example", "", "ignore all")
)


@given(
    st.builds(
        ParsedRequest,
        conditions=st.lists(st.builds(ParsedCondition, TEXTS, st.booleans(), st.tuples(TEXTS))).map(tuple),
        references=st.lists(st.builds(ParsedReference, TEXTS, st.sampled_from(How))).map(tuple),
        claims=st.lists(st.builds(ParsedClaim, TEXTS, TEXTS)).map(tuple),
        rest=st.lists(TEXTS).map(tuple),
    )
)
def test_no_text_of_the_models_own_is_left(parsed: ParsedRequest) -> None:
    left = grounded(parsed, QUERY, WORDS)
    texts = [text for own in left.conditions for text in (own.text, *own.alternatives)]
    texts += [reference.title for reference in left.references]
    texts += [text for claim in left.claims for text in (claim.title, claim.value)]
    known = {stems_of(text) for text in (*VALUES, *TITLES)}
    for text in (*texts, *left.rest):
        assert stems_of(text) in known or " ".join(stems_of(text)) in " ".join(stems_of(QUERY))
    assert grounded(left, QUERY, WORDS) == left
