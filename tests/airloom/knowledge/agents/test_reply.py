from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llguidance import LLMatcher, LLTokenizer
from llguidance.hf import from_tokenizer

from airloom.knowledge.agents.agents import AGENTS, ATTRIBUTES, BRIDGE, NEEDS, Agent
from airloom.knowledge.agents.remarks import Statement
from airloom.knowledge.agents.reply import ASKED_VALUES, agent_reply, parse_reply
from airloom.knowledge.claims import MAX_VALUES, Relation
from airloom.knowledge.critic.reply import CRITIC_REPLY
from airloom.llm.reply_format import ReplyFormat
from tests.airloom.llm.in_process.tiny_model import tiny_tokenizer

FORMATS: dict[str, ReplyFormat[Any]] = {agent.name: agent_reply(agent) for agent in AGENTS}
FORMATS["critic"] = CRITIC_REPLY


@cache
def tokenizer() -> LLTokenizer:
    return from_tokenizer(tiny_tokenizer())


@cache
def matcher(name: str) -> LLMatcher:
    grammar = FORMATS[name].grammar
    assert grammar
    return LLMatcher(tokenizer(), LLMatcher.grammar_from_lark(grammar.lark))


def accepts(name: str, text: str) -> bool:
    own, tokens = matcher(name).deep_copy(), tokenizer().tokenize_str(text)
    return own.try_consume_tokens(tokens) == len(tokens) and own.is_accepting()


def compact(values: dict[str, Any]) -> str:
    return json.dumps(values, separators=(",", ":"))


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.name)
def test_a_reply_has_a_list_for_each_relation_and_nothing_else(agent: Agent) -> None:
    values = {str(relation): ["cat beds"] for relation in agent.relations}

    assert parse_reply(json.dumps(values), agent=agent) == tuple(
        Statement(relation, "cat beds") for relation in agent.relations
    )
    schema = agent_reply(agent).json_schema
    assert schema["required"] == list(schema["properties"]) == [str(name) for name in agent.relations]
    with pytest.raises(ValueError, match="a key is not one of"):
        parse_reply(json.dumps(values | {"price_tier": ["premium"]}), agent=agent)


def test_values_are_normalized_and_each_is_there_once() -> None:
    text = '<think>a bed</think>```json\n{"type": [" Cat  Bed", "cat bed"], "feature": []}\n```'

    assert parse_reply(text, agent=ATTRIBUTES) == (Statement(Relation.TYPE, "cat bed"),)


def test_attributes_keep_the_script_of_the_texts_and_needs_are_english() -> None:
    assert parse_reply('{"material":["陶瓷"]}', agent=ATTRIBUTES) == (Statement(Relation.MATERIAL, "陶瓷"),)
    assert parse_reply('{"need":["crème brûlée"]}', agent=NEEDS) == (
        Statement(Relation.NEED, "creme brulee"),
    )
    with pytest.raises(ValueError, match="not in English letters"):
        parse_reply('{"need":["陶瓷"]}', agent=NEEDS)


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "cats",
        "[]",
        '{"watched_before":"a"}',
        '{"watched_before":[1]}',
        '{"watched_before":["..."]}',
        '{"watched_before":["a"]} and more',
        json.dumps({"watched_before": ["a"] * (MAX_VALUES + 1)}),
    ],
)
def test_what_is_no_reply_is_refused_without_repeating_it(reply: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        parse_reply(reply, agent=BRIDGE)

    assert "cats" not in str(refused.value)


@given(name=st.sampled_from(sorted(FORMATS)), seed=st.integers(0, 2**32), eager=st.floats(0.0, 1.0))
@settings(max_examples=60, deadline=None)
def test_whatever_is_written_token_by_token_is_an_answer(name: str, seed: int, eager: float) -> None:
    rng, own, tokens = np.random.default_rng(seed), matcher(name).deep_copy(), []
    while not own.is_accepting():
        bits = np.frombuffer(own.compute_bitmask(), np.uint8)
        allowed = np.flatnonzero(np.unpackbits(bits, bitorder="little"))
        tokens.append(int(allowed[0] if rng.random() < eager else rng.choice(allowed)))
        assert own.consume_token(tokens[-1])
    text, grammar = tokenizer().decode_str(tokens), FORMATS[name].grammar

    FORMATS[name].parse(text)
    assert grammar
    assert len(tokens) <= len(text) <= grammar.max_length
    assert set(text) <= set(grammar.alphabet)


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.name)
def test_the_longest_reply_can_be_written_and_one_value_more_cannot(agent: Agent) -> None:
    longest = {str(relation): ["x" * 60] * ASKED_VALUES for relation in agent.relations}
    grammar = FORMATS[agent.name].grammar

    assert grammar
    assert len(compact(longest)) == grammar.max_length
    assert accepts(agent.name, compact(longest))
    longest[str(agent.relations[0])].append("x")
    assert not accepts(agent.name, compact(longest))


def test_the_critic_lists_numbers_from_one() -> None:
    assert accepts("critic", '{"unsupported":[1,12],"doubtful":[]}')
    assert not accepts("critic", '{"unsupported":[0],"doubtful":[]}')
    assert not accepts("critic", '{"unsupported":[],"doubtful":[],"add":["type: bed"]}')
