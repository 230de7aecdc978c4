"""The replies of a batch are scored in their order, and their wrong steps become tokens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from airloom.assistant.evaluation.request_case import RequestCase
from airloom.assistant.parsing.parsed_request import ParsedCondition, ParsedRequest
from airloom.assistant.parsing.reply import written
from airloom.assistant.rft.policy import load_policy
from airloom.assistant.rft.scoring import BatchScoring
from tests.airloom.assistant.rft.small_training import JUDGE
from tests.airloom.assistant.small_catalogue import GRAPH

CASE = RequestCase(
    "a",
    "explicit",
    1,
    "black things, café",
    GRAPH.snapshot.attributes.products_with(GRAPH.values.exact("black")),
    (GRAPH.values.exact("black"),),
    {},
)
RIGHT = written([ParsedRequest((ParsedCondition("black"),))])
WRONG = written([ParsedRequest((ParsedCondition("café"), ParsedCondition("red")))])


def test_rewards_come_in_the_order_of_the_replies_and_are_noted(tiny_model: Path) -> None:
    tokenizer = load_policy(tiny_model).tokenizer
    noted: list[tuple[str, float]] = []
    scoring = BatchScoring(JUDGE, {"a": CASE}, tokenizer, lambda name, reward: noted.append((name, reward)))
    texts = [RIGHT, WRONG, "no reading"]

    rewards = scoring(
        completions=[[{"role": "assistant", "content": text}] for text in texts],
        completion_ids=[tokenizer(text)["input_ids"] for text in texts],
        name=["a"] * 3,
        prompts=[],
    )

    assert rewards[0] > 1 > rewards[1] > 0 > rewards[2]
    assert noted == [("a", reward) for reward in rewards]


def test_the_tokens_of_a_wrong_step_are_those_of_its_text(tiny_model: Path) -> None:
    tokenizer = load_policy(tiny_model).tokenizer
    scoring = BatchScoring(JUDGE, {"a": CASE}, tokenizer, lambda _name, _reward: None)
    tokens = tokenizer(WRONG)["input_ids"]

    scoring(
        completions=[[{"role": "assistant", "content": WRONG}]],
        completion_ids=[tokens],
        name=["a"],
        prompts=[],
    )

    [inside] = scoring.are_wrong_steps(len(tokens) + 3)
    text = tokenizer.decode(np.array(tokens)[inside[: len(tokens)]])
    assert '"red"' in text
    assert "café" not in text
    assert not inside[len(tokens) :].any()


def test_a_request_that_nobody_knows_is_an_error_and_no_reward(tiny_model: Path) -> None:
    scoring = BatchScoring(JUDGE, {}, load_policy(tiny_model).tokenizer, lambda _name, _reward: None)

    with pytest.raises(KeyError):
        scoring(completions=[[{"role": "assistant", "content": ""}]], completion_ids=[[]], name=["b"])
