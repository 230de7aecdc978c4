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


def test_a_file_may_have_exchange_rates_only(tmp_path: Path) -> None:
    file = tmp_path / "assistant.yaml"
    file.write_text("exchange_rates: {EUR: 1.08, JPY: 0.0065}\n", encoding="utf-8")
    settings = read_assistant_settings(file)
    assert settings.exchange_rates == {"EUR": 1.08, "JPY": 0.0065}
    assert not settings.has_model


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("openai: {model: reader}", "names no server and model"),
        ("", "names no server and model"),
        ("openai: {base_url: http://a/v1, model: reader}\ndeadline_ms: 0", "deadline_ms in .* is 0"),
        ("openai: {base_url: http://a/v1, mode: reader}", "mode"),
        ("[]", "holds no mapping"),
        ("openai: {model: reader}\nexchange_rates: {EUR: 1.1}", "names no server and model"),
        ("exchange_rates: {EUR: 0}", "has EUR: 0"),
        ("exchange_rates: {euro: 1.1}", "has euro: 1.1"),
        ("exchange_rates: {EUR: much}", "exchange_rates.EUR"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "assistant.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(AirloomError, match=sentence):
        read_assistant_settings(file)
