from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.intents.paths import IntentPath
from airloom.intents.reply import intent_reply, parse_reply
from airloom.intents.reply_bounds import ASKED
from airloom.intents.settings import LabelScript


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


def test_a_label_that_repeats_in_its_path_is_left_out() -> None:
    repeated = reply((["my cat", "My  Cat", "cat bed", "my cat"], 0.5), (["dogs", "dogs"], 0.4))

    assert parse_reply(repeated) == (IntentPath(("my cat", "cat bed"), 0.5), IntentPath(("dogs",), 0.4))


def test_labels_are_in_the_letters_of_english_unless_a_prompt_asks_for_others() -> None:
    assert parse_reply(reply((["Crème brûlée", "children\u2019s\u2013party"], 0.5))) == (
        IntentPath(("creme brulee", "children's-party"), 0.5),
    )
    chinese = reply((["养猫", "猫用品", "猫用品"], 0.5))
    assert parse_reply(chinese, labels="any") == (IntentPath(("养猫", "猫用品"), 0.5),)


@pytest.mark.parametrize("labels", ["english", "any"])
@pytest.mark.parametrize("min_paths", [0, 1, 3])
def test_the_schema_says_what_the_prompt_says(labels: LabelScript, min_paths: int) -> None:
    schema = intent_reply(min_paths=min_paths, labels=labels).json_schema
    paths = schema["properties"]["paths"]
    label = paths["items"]["properties"]["labels"]

    assert (paths["minItems"], paths["maxItems"]) == (min_paths, ASKED.max_paths)
    assert (label["minItems"], label["maxItems"]) == (ASKED.min_labels, ASKED.max_labels)
    if labels == "any":
        assert label["items"]["maxLength"] == ASKED.max_label_length
        return
    pattern = re.compile(label["items"]["pattern"])
    longest = "x" * ASKED.max_label_length
    assert all(map(pattern.fullmatch, ["cat bed", "4-piece set", "salt & pepper", longest]))
    assert not any(map(pattern.fullmatch, ["", " cat bed", "\n\n", "Cat", "猫", "...", longest + "x"]))


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
        (reply((["a", " \n "], 0.5)), "no letter or digit"),
        (reply((["a", "..."], 0.5)), "no letter or digit"),
        (reply((["=", "b"], 0.5)), "no letter or digit"),
        (reply((["猫用品", "b"], 0.5)), "not in English letters"),
        (reply((["a", "тёплый дом"], 0.5)), "not in English letters"),
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
