"""The prompt about a whole history: `history_prompt.md` beside this file, with the events filled in."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from string import Template
from typing import Final

from airloom.intents.paths import MAX_PATHS
from airloom.intents.prompt import _quoted, prompt_version
from airloom.intents.reasoners.history import HistoryText
from airloom.logs.contract import LIKE, VIEW

HISTORY_PROMPT: Final = files("airloom.intents").joinpath("history_prompt.md").read_text(encoding="utf-8")

HISTORY_PROMPT_VERSION: Final = prompt_version(HISTORY_PROMPT)

_WORDS: Final = {VIEW: "watched", LIKE: "liked"}
"""Short, because they stand on every line."""


def render_history(history: HistoryText, *, sections: Sequence[str]) -> str:
    """The prompt for one user's history; an answer to it reads like an answer to the prompt for one event.

    Args:
        history: What the user did, newest first; every title is quoted as in `airloom.intents.prompt`.
        sections: The shop's top categories.
    """
    events = "\n".join(
        f"{line.age_days:.1f} days ago, {_WORDS[line.action]}: {_quoted(line.title)}" for line in history
    )
    return Template(HISTORY_PROMPT).substitute(events=events, most=MAX_PATHS, sections=", ".join(sections))
