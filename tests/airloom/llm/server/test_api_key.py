from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from airloom.errors import AirloomError
from airloom.llm.server.api_key import HIDDEN, ApiKey, api_key
from airloom.llm.settings import OpenAISettings

KEY = "sk-proj-Zq7Rt2mWx9Lk4Vb8Nc3Hd6Yf1Ga5Ts0Pe"
ESCAPED = "".join(f"\\u{ord(character):04x}" for character in KEY)


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        f"the header was Bearer {KEY}!",
        KEY.lower(),
        KEY.upper(),
        ESCAPED,
        ESCAPED.replace("\\", "\\\\"),
        KEY.replace("-", "\\u002D"),
        quote(quote(KEY.replace("-", "\u2010"))),
        "".join(f"&#{ord(character)};" for character in KEY),
        "".join(chr(ord(character) + 0xFEE0) for character in KEY),
        "\u200b".join(KEY),
        " ".join(KEY),
        json.dumps({"paths": [{"labels": [KEY[:13], KEY[13:26]]}, {"labels": [KEY[26:]]}]}),
        json.dumps({"paths": [{"labels": ["need", KEY[5:30]], "confidence": 0.5}]}),
        json.dumps({"paths": [{"labels": list(KEY)}]}),
    ],
)
def test_a_key_is_found_however_a_server_writes_it(text: str) -> None:
    assert ApiKey(KEY).is_in(text)
    assert ApiKey(KEY).shown(text) == HIDDEN


@pytest.mark.parametrize("text", ["", "project management", '{"paths":[]}', "sk-proj-", KEY[:12], KEY[::-1]])
def test_other_texts_are_left_alone(text: str) -> None:
    assert ApiKey(KEY).shown(text) == text
    assert not ApiKey("").is_in(text)


def test_a_placeholder_is_only_looked_for_as_a_whole_header() -> None:
    assert not ApiKey("EMPTY").is_in("an empty room")
    assert ApiKey("EMPTY").is_in("Authorization: Bearer EMPTY")


@pytest.mark.parametrize("key", ["sk-one\nsk-two", "sk-schlüssel", "two words", "sk-\x00"])
def test_what_cannot_be_a_header_is_refused_without_being_shown(tmp_path: Path, key: str) -> None:
    file = tmp_path / "key"
    file.write_text(key)

    with pytest.raises(AirloomError, match="holds blanks or characters beyond ASCII") as refused:
        api_key(OpenAISettings(api_key_file=str(file)))

    assert key not in str(refused.value)
    assert "sk-" not in str(refused.value)
