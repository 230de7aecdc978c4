"""Where the entries of a reading stand in a reply, and which of them no right answer survives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.assistant.parsing.parsed_request import How, ParsedCondition, ParsedReference, ParsedRequest
from airloom.assistant.parsing.reply import written
from airloom.assistant.rft.steps import Step, rules_out_all, steps_of, tokens_of_steps
from tests.airloom.assistant.small_catalogue import GRAPH

READING = ParsedRequest(
    (ParsedCondition("black"), ParsedCondition("red", negated=True), ParsedCondition("warm nights")),
    None,
    (ParsedReference("thing 11", How.SAME_BRAND), ParsedReference("thing 11", How.CHEAPER)),
)
BLACK_SHELF_1 = np.array([11, 13, 15], np.int32)
RED_SHELF_1 = np.array([10, 12], np.int32)


def test_entries_are_where_the_text_has_them() -> None:
    reply = written([READING])

    texts = [reply[step.start : step.stop] for step in steps_of(reply)]
    assert [(step.kind, step.entry) for step in steps_of(reply)] == [
        ("conditions", 0),
        ("conditions", 1),
        ("conditions", 2),
        ("references", 0),
        ("references", 1),
    ]
    assert texts[0] == '{"text": "black", "negated": false, "alternatives": []}'
    assert texts[4] == '{"title": "thing 11", "how": "cheaper"}'


@given(st.lists(st.text(min_size=1, max_size=20), max_size=4), st.text(min_size=1, max_size=20))
def test_no_text_of_a_reading_is_taken_for_its_form(texts: list[str], title: str) -> None:
    reading = ParsedRequest(
        tuple(map(ParsedCondition, texts)),
        None,
        (ParsedReference(title, How.LIKE),),
        rest=('"conditions": [{',),
    )

    assert len(steps_of(written([reading]))) == len(texts) + 1


@pytest.mark.parametrize(
    ("kind", "entry", "satisfying", "is_wrong"),
    [
        ("conditions", 0, BLACK_SHELF_1, False),
        ("conditions", 0, RED_SHELF_1, True),
        ("conditions", 1, RED_SHELF_1, True),
        ("conditions", 1, BLACK_SHELF_1, False),
        ("conditions", 2, np.array([11, 13], np.int32), False),  # a wish leaves nothing out
        ("references", 0, np.array([16], np.int32), False),  # of maker 1, as thing 11
        ("references", 0, np.array([12], np.int32), True),
        ("references", 1, np.array([10], np.int32), False),
        ("references", 1, np.array([12], np.int32), True),  # dearer than thing 11
    ],
)
def test_a_step_is_wrong_if_it_leaves_out_every_product_that_answers(
    kind: str, entry: int, satisfying: np.ndarray, is_wrong: bool
) -> None:
    assert rules_out_all(Step(kind, entry, 0, 0), READING, satisfying, GRAPH) is is_wrong


def test_a_token_belongs_to_a_step_that_it_touches() -> None:
    inside = tokens_of_steps([Step("conditions", 0, 3, 6)], [2, 4, 6, 9], length=5)

    assert inside.tolist() == [False, True, True, False, False]
