from __future__ import annotations

from pathlib import Path

import pytest

from airloom.errors import AirloomError
from model_service.tokens import Tokens

TOKEN = "a-token-of-some-length"


def test_without_a_file_everybody_may_ask() -> None:
    assert Tokens.read(None).allow(None)


@pytest.mark.parametrize(
    ("header", "allowed"),
    [
        (f"Bearer {TOKEN}", True),
        (f"bearer  {TOKEN} ", True),
        ("Bearer another-token-of-the-file", True),
        (None, False),
        ("", False),
        ("Bearer", False),
        ("Bearer ", False),
        (TOKEN, False),
        (f"Basic {TOKEN}", False),
        (f"Bearer {TOKEN}x", False),
        (f"Bearer {TOKEN[:-1]}", False),
        ("Bearer # a note, not a token", False),
    ],
)
def test_a_token_of_the_file_may_ask(tmp_path: Path, header: str | None, allowed: bool) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"# a note, not a token\n\n{TOKEN}\n  another-token-of-the-file\n")
    assert Tokens.read(file).allow(header) is allowed


def test_tokens_are_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(TOKEN)
    assert TOKEN not in str(vars(Tokens.read(file)))


@pytest.mark.parametrize("text", ["", "# only a note\n", "short\n", f"{TOKEN}\nshort\n"])
def test_a_file_without_good_tokens_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "tokens"
    file.write_text(text)
    with pytest.raises(AirloomError, match="holds no token, or one of less than 16") as caught:
        Tokens.read(file)
    assert TOKEN not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match=r"cannot be read \(FileNotFoundError\)"):
        Tokens.read(tmp_path / "tokens")


def test_a_file_that_others_may_change_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(TOKEN)
    file.chmod(0o666)
    with pytest.raises(
        AirloomError, match=r"holds tokens, and others than its owner may change it.*chmod 600"
    ):
        Tokens.read(file)
