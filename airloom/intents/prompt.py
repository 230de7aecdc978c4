"""The prompt that a language model answers: `prompt.md` beside this file, with the event filled in."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final, NamedTuple, TypedDict

from airloom.errors import AirloomError
from airloom.intents.atoms import ANY_PROFILE, Atom
from airloom.logs.contract import LIKE, VIEW

MAX_TITLE_LENGTH: Final = 300
MAX_DESCRIPTION_LENGTH: Final = 600
MAX_PROFILE_LENGTH: Final = 80
"""Characters of each text that a model gets to read."""

EVENT_TEXTS: Final = {VIEW: "watched this short video", LIKE: "watched and liked this short video"}
ANYBODY: Final = "anybody"

_ROLE: Final = re.compile(r"^=== (system|user|assistant)\n", re.MULTILINE)
_BRACKET: Final = re.compile(r"\[(?=/?[A-Z_]+\])")


class Message(TypedDict):
    """One turn of a chat."""

    role: str
    content: str


class Prompt(NamedTuple):
    """A prompt and its version.

    Attributes:
        text: Turns, each after a line `=== system`, `=== user` or `=== assistant`; the last one has `$event`,
            any may have `$sections`, and `$$` is a dollar.
    """

    text: str

    @property
    def version(self) -> str:
        """12 hexadecimal digits of the text's hash: another text makes another version of the store."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    def ask(
        self, atom: Atom, *, title: str, sections: Sequence[str], description: str | None = None
    ) -> list[Message]:
        """The chat for one atom: the instructions, two examples, the event.

        Everything about the event stands in one line of JSON (see `quoted`), so that no text in it can end
        the quotation, begin another turn or pass for an instruction.

        Args:
            atom: Who did what.
            title: The content's title.
            sections: The shop's top categories.
            description: More text about the content, if there is any.
        """
        anybody = atom.profile_bucket == ANY_PROFILE
        event = {
            "event": EVENT_TEXTS[atom.action],
            "viewer": ANYBODY if anybody else visible(atom.profile_bucket, MAX_PROFILE_LENGTH),
            "title": visible(title, MAX_TITLE_LENGTH),
        }
        if description and (text := visible(description, MAX_DESCRIPTION_LENGTH)):
            event["description"] = text
        return self.messages(sections=sections, event=quoted(event))

    def messages(self, *, sections: Sequence[str], event: str) -> list[Message]:
        """The turns with the shop's sections and the text of the event in their places."""
        _, *turns = _ROLE.split(self.text)
        shop = ", ".join(visible(section, MAX_PROFILE_LENGTH) for section in sections)
        return [
            {"role": role, "content": Template(content).substitute(sections=shop, event=event).strip()}
            for role, content in zip(turns[::2], turns[1::2], strict=True)
        ]


def shipped_prompt(name: str = "prompt.md") -> Prompt:
    """A prompt that comes with Airloom: the one for atoms, or `history_prompt.md`."""
    return Prompt(files("airloom.intents").joinpath(name).read_text(encoding="utf-8"))


def read_prompt(file: Path) -> Prompt:
    """The text in a file, whatever its form: answers that were made elsewhere are known by its version.

    Raises:
        AirloomError: The file cannot be read.
    """
    try:
        return Prompt(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise AirloomError(
            f"The prompt {file} cannot be read ({error})", do="Give a UTF-8 text file that exists"
        ) from error


def prompt_in(file: Path) -> Prompt:
    """A prompt of one's own, to ask with.

    Raises:
        AirloomError: The file cannot be read, or `$event` does not stand in its last turn.
    """
    prompt = read_prompt(file)
    try:
        turns = prompt.messages(sections=[], event="\0")
    except (ValueError, KeyError) as error:
        raise AirloomError(
            f"The prompt {file} cannot be filled in ({error!r})",
            do="Use only $event and $sections, and write $$ for a dollar",
        ) from error
    if not turns or turns[-1]["role"] != "user" or "\0" not in turns[-1]["content"]:
        raise AirloomError(
            f"The prompt {file} does not end with a turn that shows the event",
            do="Begin its turns with lines === system, === user, === assistant; put $event into the last",
        )
    return prompt


def is_prompt_version(text: str) -> bool:
    """Whether `text` looks like the version of a prompt."""
    return re.fullmatch("[0-9a-f]{12}", text) is not None


def visible(text: str, length: int) -> str:
    """The text without control, format and private characters, one space between words, cut to `length`."""
    shown = "".join(" " if unicodedata.category(c).startswith("C") else c for c in text)
    return " ".join(shown.split())[:length].rstrip()


def quoted(value: object) -> str:
    """One line of JSON in which no chat template finds a marker of its own.

    A server puts prompts together as text: `<|im_start|>` or `[INST]` in a title would begin a turn there.
    Angle brackets, and square ones around capitals, are therefore written as JSON escapes.
    """
    text = json.dumps(value, ensure_ascii=False)
    text = text.replace("<", "\\u003c").replace(">", "\\u003e")
    return _BRACKET.sub("\\\\u005b", text)
