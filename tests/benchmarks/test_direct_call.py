from __future__ import annotations

from pathlib import Path

import pytest

from airloom.simulation.catalogue import recorded_replies
from benchmarks import small_llms
from benchmarks.direct_call import CHARACTERS_A_TOKEN, time_calls, time_server, typical_answer
from tests.airloom.intents.shop import reply, write_replies
from tests.airloom.llm.server.chat_server_double import ChatServerDouble

PATH = (["cosy cats", "cats", "cat bed"], 0.6)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> str:
    shape = {
        "num_hidden_layers": 2,
        "hidden_size": 16,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 8,
        "intermediate_size": 16,
    }
    monkeypatch.setitem(small_llms.QWEN3, "tiny", shape)
    return "tiny"


def test_every_prompt_is_answered_at_the_asked_length(tiny: str) -> None:
    result = time_calls(["x" * 40, "x" * 80], llm=tiny, device="cpu", threads=1, answer_tokens=3)

    assert len(result.seconds) == 2
    assert (result.prompt_tokens, result.answer_tokens, result.device) == (18.0, 3, "cpu")
    assert result.precision in {"bfloat16", "float32"}


def test_a_typical_answer_is_the_mean_of_those_with_three_paths(tmp_path: Path) -> None:
    lines = [reply("c1", PATH), reply("c2", PATH, PATH, PATH), reply("c3")]
    one = len('{"labels": ["cosy cats", "cats", "cat bed"], "confidence": 0.6}')

    expected = round((3 * one + len('{"paths": [, , ]}')) / CHARACTERS_A_TOKEN)
    assert typical_answer(write_replies(tmp_path / "replies.jsonl", *lines)) == expected
    assert 40 < typical_answer(recorded_replies()) < 160


def test_behind_a_server_its_own_counts_are_the_lengths() -> None:
    with ChatServerDouble(question_in=lambda body: body["messages"][0]["content"]).running() as server:
        result = time_server(["one", "two"], base_url=server.base_url, model="m", max_tokens=9)

    assert server.requests == ["one", "two"]
    assert {body["max_tokens"] for body in server.bodies} == {9}
    assert (result.weights, result.prompt_tokens, result.answer_tokens) == ("real", 400.0, 30)
    assert len(result.seconds) == 2
