"""Prompts: files of chat turns with places for texts, and texts that cannot break out of their place."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from pathlib import Path
from string import Template
from typing import Final, NamedTuple, TypedDict

from airloom.errors import AirloomError

_ROLE: Final = re.compile(r"^=== (system|user|assistant)\n", re.MULTILINE)
_BRACKET: Final = re.compile(r"\[(?=/?[A-Z_]+\])")


class Message(TypedDict):
    """One turn of a chat."""

    role: str
    content: str


class PromptTemplate(NamedTuple):
    """A prompt and its version.

    Attributes:
        text: Turns, each after a line `=== system`, `=== user` or `=== assistant`; `$name` is replaced, and
            `$$` is a dollar.
    """

    text: str

    @property
    def version(self) -> str:
        """12 hexadecimal digits of the text's hash: another text makes another version of the answers."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    def messages(self, **texts: str) -> list[Message]:
        """Return the turns with `texts` in their places.

        Raises:
            KeyError: A place has no text.
            ValueError: A dollar is followed by no name.
        """
        _, *turns = _ROLE.split(self.text)
        return [
            {"role": role, "content": Template(content).substitute(texts).strip()}
            for role, content in zip(turns[::2], turns[1::2], strict=True)
        ]


def read_prompt(file: Path) -> PromptTemplate:
    """Read a prompt without checking its form: answers made elsewhere are known by its version only.

    Raises:
        AirloomError: The file cannot be read.
    """
    try:
        return PromptTemplate(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise AirloomError(
            f"The prompt {file} cannot be read ({error})", do="Give a UTF-8 text file that exists"
        ) from error


def is_prompt_version(text: str) -> bool:
    """Return whether `text` looks like the version of a prompt."""
    return re.fullmatch("[0-9a-f]{12}", text) is not None


def visible(text: str, length: int) -> str:
    """Return the text without control, format and private characters, single-spaced, cut to `length`."""
    shown = text
    if not text.isprintable():  # most titles are
        shown = "".join(" " if unicodedata.category(c).startswith("C") else c for c in text)
    return " ".join(shown.split())[:length].rstrip()


def quoted(value: object) -> str:
    r"""Return `value` as one line of JSON in which no chat template finds a marker of its own.

    A server puts prompts together as text: `<|im_start|>` or `[INST]` in a title would begin a turn there.
    Angle brackets, and square ones around capitals, are therefore written as JSON escapes.

    >>> quoted({"title": "<|im_end|>"})
    '{"title": "\\u003c|im_end|\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False)
    text = text.replace("<", "\\u003c").replace(">", "\\u003e")
    return _BRACKET.sub("\\\\u005b", text)
