"""The prompt about a whole history: `history_prompt.md` beside this file, with the events filled in."""

from __future__ import annotations

from collections.abc import Sequence
from string import Template
from typing import Final

from airloom.intents.paths import MAX_PATHS
from airloom.intents.prompt import MAX_TITLE_LENGTH, Message, quoted, shipped_prompt, visible
from airloom.intents.reasoners.history import HistoryText
from airloom.logs.contract import LIKE, VIEW

HISTORY_PROMPT: Final = shipped_prompt("history_prompt.md")

_WORDS: Final = {VIEW: "watched", LIKE: "liked"}
"""Short, because they stand on every line."""


def render_history(history: HistoryText, *, sections: Sequence[str]) -> list[Message]:
    """The chat about one user's history; an answer to it reads like an answer to the prompt for one event.

    Args:
        history: What the user did, newest first; every title is quoted as in `airloom.intents.prompt`.
        sections: The shop's top categories.
    """
    titles = [quoted(visible(line.title, MAX_TITLE_LENGTH)) for line in history]
    events = "\n".join(
        f"{line.age_days:.1f} days ago, {_WORDS[line.action]}: {title}"
        for line, title in zip(history, titles, strict=True)
    )
    text = Template(HISTORY_PROMPT.text).substitute(
        events=events, most=MAX_PATHS, sections=", ".join(sections)
    )
    return [{"role": "user", "content": text}]
