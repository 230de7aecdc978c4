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
from typing import Final

from airloom.errors import AirloomError
from airloom.logs.contract import LIKE, VIEW

MAX_TITLE_LENGTH: Final = 300
"""Characters of a title that a model gets to read."""

EVENT_TEXTS: Final = {VIEW: "watched this short video", LIKE: "watched and liked this short video"}

PROMPT: Final = files("airloom.intents").joinpath("prompt.md").read_text(encoding="utf-8")


def prompt_version(text: str) -> str:
    """12 hexadecimal digits of the text's hash: another text makes another version of the store."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


PROMPT_VERSION: Final = prompt_version(PROMPT)


def is_prompt_version(text: str) -> bool:
    """Whether `text` looks like what `prompt_version` returns."""
    return re.fullmatch("[0-9a-f]{12}", text) is not None


def prompt_version_of(file: Path) -> str:
    """The version of a prompt that lies in a file.

    Raises:
        AirloomError: The file cannot be read.
    """
    try:
        return prompt_version(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise AirloomError(
            f"The prompt {file} cannot be read ({error})", do="Give a UTF-8 text file that exists"
        ) from error


def render(*, action: str, title: str, sections: Sequence[str]) -> str:
    """The prompt for one atom.

    Args:
        action: `view` or `like`.
        title: The content's title. It is data: control characters go, the length is limited, and it stands in
            JSON quotes, so that nothing in it can end the quotation.
        sections: The shop's top categories.
    """
    return Template(PROMPT).substitute(
        event=EVENT_TEXTS[action], title=_quoted(title), sections=", ".join(sections)
    )


def _quoted(title: str) -> str:
    visible = "".join(" " if unicodedata.category(c).startswith("C") else c for c in title)
    return json.dumps(" ".join(visible.split())[:MAX_TITLE_LENGTH], ensure_ascii=False)
