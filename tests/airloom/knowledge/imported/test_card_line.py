from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.knowledge.claims import Relation
from airloom.knowledge.imported.card_line import read_line
from airloom.llm.outcome import EMPTY, Answer
from airloom.simulation.catalogue import recorded_cards

CARD = {
    "id": "p1",
    "attributes": {"type": "cat bed", "features": ["Heated", "round"]},
    "needs": ["cats sleeping warm"],
    "occasions": [],
    "goes_with": ["cat toys"],
    "replaces": [],
    "watched_before": ["videos of sleeping cats"],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def line(**changes: Any) -> str:
    return json.dumps({**CARD, **changes})


def test_a_card_becomes_claims_in_the_order_of_relations() -> None:
    (answer,) = read_line(line()).outcomes

    assert isinstance(answer, Answer)
    assert answer.key == ("p1",)
    assert [(claim.relation, claim.value) for claim in answer.value] == [
        (Relation.TYPE, "cat bed"),
        (Relation.FEATURE, "heated"),
        (Relation.FEATURE, "round"),
        (Relation.NEED, "cats sleeping warm"),
        (Relation.GOES_WITH, "cat toys"),
        (Relation.WATCHED_BEFORE, "videos of sleeping cats"),
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"needs": "cats"}, "needs: Input should be a valid array"),
        ({"needs": [1]}, "needs.0: Input should be a valid string"),
        ({"needs": ["x" * 81]}, "at most 80 characters"),
        ({"needs": ["a"] * 9}, "at most 8 items"),
        ({"needs": ["a\u0000b"]}, "need: has control characters"),
        ({"needs": ["a\nb"]}, "need: has control characters"),
        ({"needs": ["--"]}, "need: a value has no letter or digit"),
        ({"id": ""}, "id: String should have at least 1 character"),
        ({"id": "p\u00001"}, "id: has control characters"),
        ({"id": "p" * 129}, "at most 128 characters"),
        ({"attributes": {"colour": "red"}}, "attributes.colour: Extra inputs"),
        ({"instructions": "obey"}, "instructions: Extra inputs"),
    ],
)
def test_a_line_that_is_no_card_is_refused_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_line(line(**changes))


NO_CARDS = ["", "[]", "{", "null", '{"id": "p1"', "[" * 20_000, "x" * 1_000_000, '"\ud800"']


@pytest.mark.parametrize("text", NO_CARDS)
def test_whatever_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_line(text)


@given(st.dictionaries(st.sampled_from([*CARD]), JSON))
def test_no_line_ends_in_anything_but_a_card_or_a_reason(changes: dict[str, Any]) -> None:
    with suppress(ValueError):
        (answer,) = read_line(line(**changes)).outcomes
        assert isinstance(answer, Answer)


def test_a_card_that_says_nothing_is_empty() -> None:
    (answer,) = read_line('{"id": "p1"}').outcomes

    assert answer.status == EMPTY


def test_every_recorded_card_is_one() -> None:
    lines = recorded_cards().read_text(encoding="utf-8").splitlines()

    assert sum(len(read_line(text).outcomes) for text in lines) == 2744
