"""The prompt about a whole history: `history_prompt.md` beside this file, with the events filled in."""

from __future__ import annotations

from collections.abc import Sequence
from string import Template
from typing import Final

from airloom.intents.content_words import ContentWords
from airloom.intents.history import HistoryText
from airloom.intents.prompt import MAX_TITLE_LENGTH, shipped_prompt
from airloom.intents.reply_bounds import ACCEPTED
from airloom.llm.prompt import Message, quoted, visible

HISTORY_PROMPT: Final = shipped_prompt("history_prompt.md")
_USUAL: Final = ContentWords()


def render_history(
    history: HistoryText, *, top_categories: Sequence[str], words: ContentWords = _USUAL
) -> list[Message]:
    """Return the chat about one user's history; its reply has the form of one about an atom.

    Args:
        history: What the user did, newest first; every title is quoted as in `airloom.llm.prompt`.
        top_categories: Of the shop.
        words: What the platform calls its content and what people do with it.
    """
    titles = [quoted(visible(line.title, MAX_TITLE_LENGTH)) for line in history]
    events = "\n".join(
        f"{line.age_days:.1f} days ago, {words.verb(line.action)}: {title}"
        for line, title in zip(history, titles, strict=True)
    )
    text = Template(HISTORY_PROMPT.text).substitute(
        events=events, content=words.content, most=ACCEPTED.max_paths, sections=", ".join(top_categories)
    )
    return [{"role": "user", "content": text}]
