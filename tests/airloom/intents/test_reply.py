from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.intents.paths import IntentPath
from airloom.intents.reply import parse_reply


def reply(*paths: tuple[Sequence[str], float], **more: object) -> str:
    answered = [{"labels": list(labels), "confidence": confidence} for labels, confidence in paths]
    return json.dumps({"paths": answered, **more})


GOOD = reply((["Sleeping  Cats", "cats", "cat bed"], 0.3), (["sleeping cats", "cats", "cat toy"], 0.6))


def test_labels_are_normalised_and_the_strongest_path_comes_first() -> None:
    assert parse_reply(GOOD) == (
        IntentPath(("sleeping cats", "cats", "cat toy"), 0.6),
        IntentPath(("sleeping cats", "cats", "cat bed"), 0.3),
    )


def test_a_path_that_is_there_twice_counts_once_with_its_higher_confidence() -> None:
    assert parse_reply(reply((["cats"], 0.3), (["Cats"], 0.5))) == (IntentPath(("cats",), 0.5),)


@pytest.mark.parametrize(
    "text",
    [f"```json\n{GOOD}\n```", f"```\n{GOOD}```", f"<think>cats, so…</think>\n{GOOD}", f"\n {GOOD}\n"],
)
def test_thoughts_and_code_fences_around_an_answer_are_left_out(text: str) -> None:
    assert parse_reply(text) == parse_reply(GOOD)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<html>busy</html>", "JSON"),
        ("", "JSON"),
        (GOOD[:-20], "JSON"),
        (GOOD + GOOD, "JSON"),
        ("{}", "paths"),
        ("[1, 2]", "reply"),
        (reply((["a"], 1.5)), "confidence"),
        (reply((["a"], float("nan"))), "confidence"),
        (reply(([], 0.5)), "labels"),
        (reply((["a", "b", "c", "d", "e"], 0.5)), "labels"),
        (reply((["a", " \n "], 0.5)), "blank"),
        (reply(*[(["a"], 0.5)] * 6), "paths"),
        (reply(thought="..."), "thought"),
        (reply((["x" * 70_000], 0.5)), "longer"),
        (GOOD.replace("cat bed", "\\ud800"), "JSON"),
    ],
)
def test_a_text_that_is_no_answer_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_reply(text)


def test_a_reason_does_not_repeat_the_reply() -> None:
    with pytest.raises(ValueError, match="paths") as refused:
        parse_reply(reply((["secret words"], 7.0)))
    assert "secret" not in str(refused.value)


@given(st.text(max_size=60))
def test_any_text_is_either_an_answer_or_a_reason(text: str) -> None:
    with suppress(ValueError):
        parse_reply(text)
