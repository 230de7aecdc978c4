from __future__ import annotations

import json

import pytest

from airloom.assistant.wording.reply import SENTENCES


def test_a_sentence_is_known_by_its_position_and_the_first_of_one_position_counts() -> None:
    sentences = [
        {"position": 2, "sentence": "b"},
        {"position": 1, "sentence": "a"},
        {"position": 2, "sentence": "c"},
    ]
    assert SENTENCES.parse(json.dumps({"sentences": sentences})) == {1: "a", 2: "b"}


@pytest.mark.parametrize(
    "reply",
    [
        "It is black.",
        "[]",
        '{"sentences": ["secret"]}',
        '{"sentences": [{"position": 1}]}',
        '{"sentences": [{"position": 1, "sentence": "a", "link": "secret"}]}',
    ],
)
def test_another_form_is_none_and_its_text_is_in_no_message(reply: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        SENTENCES.parse(reply)
    assert "secret" not in str(raised.value)
