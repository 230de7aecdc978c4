from __future__ import annotations

from pathlib import Path

import pytest

from airloom.assistant.assistant_settings import AssistantSettings, read_assistant_settings
from airloom.errors import AirloomError
from airloom.llm.settings import OpenAISettings


def test_a_file_names_the_server_and_what_it_may_take(tmp_path: Path) -> None:
    file = tmp_path / "assistant.yaml"
    file.write_text(
        "openai: {base_url: http://vllm:8000/v1, model: reader}\ndeadline_ms: 900\nbudget_usd: 2.5\n"
        "wording: on\ntuned: on\n",
        encoding="utf-8",
    )
    openai = OpenAISettings(base_url="http://vllm:8000/v1", model="reader")
    assert read_assistant_settings(file) == AssistantSettings(openai, 900, 2.5, wording=True, tuned=True)
    assert not AssistantSettings().wording
    assert not AssistantSettings().tuned


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("openai: {model: reader}", "names no server and model"),
        ("", "names no server and model"),
        ("openai: {base_url: http://a/v1, model: reader}\ndeadline_ms: 0", "deadline_ms in .* is 0"),
        ("openai: {base_url: http://a/v1, mode: reader}", "mode"),
        ("[]", "holds no mapping"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "assistant.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(AirloomError, match=sentence):
        read_assistant_settings(file)
