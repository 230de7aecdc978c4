from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llguidance import LLMatcher, LLTokenizer
from llguidance.hf import from_tokenizer

from airloom.intents.reply import parse_reply
from airloom.intents.reply_bounds import ASKED
from airloom.intents.reply_grammar import ALPHABET, reply_grammar
from tests.airloom.llm.in_process.tiny_model import tiny_tokenizer

WORDS = st.sampled_from(["cat", "men's", "t-shirt", "&", "7.5", "c++", "a/b", "x" * 12])
LABELS = st.lists(WORDS, max_size=3).map(lambda words: " ".join(["0", *words]))
PATH = st.tuples(st.lists(LABELS, min_size=2, max_size=4), st.integers(5, 95))


@cache
def tokenizer() -> LLTokenizer:
    return from_tokenizer(tiny_tokenizer())


@cache
def blank(paths: int = ASKED.max_paths) -> LLMatcher:
    return LLMatcher(tokenizer(), LLMatcher.grammar_from_lark(reply_grammar(paths).lark))


def accepts(text: str, paths: int = ASKED.max_paths) -> bool:
    matcher = blank(paths).deep_copy()
    tokens = tokenizer().tokenize_str(text)
    return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()


def reply_of(*paths: tuple[list[str], float]) -> str:
    decoded = [{"labels": labels, "confidence": confidence} for labels, confidence in paths]
    return json.dumps({"paths": decoded}, separators=(",", ":"))


@given(seed=st.integers(0, 2**32), eager=st.floats(0.0, 1.0), paths=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_whatever_is_written_token_by_token_is_an_answer(seed: int, eager: float, paths: int) -> None:
    rng = np.random.default_rng(seed)
    matcher, tokens = blank(paths).deep_copy(), []
    while not matcher.is_accepting():
        bits = np.frombuffer(matcher.compute_bitmask(), np.uint8)
        allowed = np.flatnonzero(np.unpackbits(bits, bitorder="little"))
        # The lowest ids are signs like quotes and commas, which end a label; the others are pieces of words.
        tokens.append(int(allowed[0] if rng.random() < eager else rng.choice(allowed)))
        assert matcher.consume_token(tokens[-1])
    text = tokenizer().decode_str(tokens)

    answer = parse_reply(text)
    decoded = json.loads(text)["paths"]
    assert len(decoded) <= paths
    assert len(answer) == len({tuple(dict.fromkeys(path["labels"])) for path in decoded})
    assert all(1 <= len(path.labels) <= 4 and 0.05 <= path.confidence <= 0.95 for path in answer)
    assert len(tokens) <= len(text) <= reply_grammar(paths).max_length
    assert set(text) <= set(ALPHABET)


@given(st.lists(PATH, max_size=ASKED.max_paths))
@settings(max_examples=60, deadline=None)
def test_every_good_reply_can_be_written(paths: list[tuple[list[str], int]]) -> None:
    assert accepts(reply_of(*((labels, percent / 100) for labels, percent in paths)))


def test_the_examples_of_the_prompt_can_be_written() -> None:
    bees = ["keeping a first bee hive", "protective clothing", "beekeeping suit"]
    assert accepts(reply_of((bees, 0.55), (["salt & pepper", "men's t-shirts", "7.5 ph test kit"], 0.6)))
    assert accepts('{"paths":[]}')


def test_the_longest_reply_is_as_long_as_promised() -> None:
    longest = reply_of(*[(["x" * ASKED.max_label_length] * 4, 0.95)] * ASKED.max_paths)

    assert len(longest) == reply_grammar().max_length
    assert accepts(longest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"paths": []}',
        '{"paths":[]} ',
        '{"paths":[],"thought":"x"}',
        reply_of((["only one"], 0.5)),
        reply_of((["a", "b", "c", "d", "e"], 0.5)),
        reply_of(*[(["a", "b"], 0.5)] * (ASKED.max_paths + 1)),
        reply_of((["a", "b"], 0.04)),
        reply_of((["a", "b"], 0.96)),
        reply_of((["a", "b"], 1)),
        reply_of((["Cats", "b"], 0.5)),
        reply_of((["", "b"], 0.5)),
        reply_of((["a  a", "b"], 0.5)),
        reply_of((["a ", "b"], 0.5)),
        reply_of((["猫", "b"], 0.5)),
        reply_of((['a"', "b"], 0.5)),
        reply_of((["x" * (ASKED.max_label_length + 1), "b"], 0.5)),
        reply_of((["a", "b"], 0.5))[:-1],
    ],
)
def test_what_the_prompt_does_not_ask_for_cannot_be_written(text: str) -> None:
    assert not accepts(text)


@pytest.mark.parametrize("least", [1, 2, 3])
def test_a_grammar_may_demand_paths(least: int) -> None:
    grammar = LLMatcher.grammar_from_lark(reply_grammar(min_paths=least).lark)

    def complete(count: int) -> bool:
        tokens = tokenizer()
        matcher = LLMatcher(tokens, grammar)
        text = reply_of(*[(["need", "cat bed"], 0.5)] * count)
        read = matcher.try_consume_tokens(tokens.tokenize_str(text))
        return read == len(tokens.tokenize_str(text)) and bool(matcher.is_accepting())

    assert [complete(count) for count in range(5)] == [
        least <= count <= ASKED.max_paths for count in range(5)
    ]
