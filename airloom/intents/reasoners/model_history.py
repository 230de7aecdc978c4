"""Reads whole histories with a language model: one prompt with all events, one reply."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from airloom.intents.history import HistoryText
from airloom.intents.history_prompt import render_history
from airloom.intents.paths import IntentPaths
from airloom.intents.reply import parse_reply
from airloom.llm.prompt import Message

Replies = Callable[[Sequence[list[Message]]], Sequence[str]]
"""A language model: chats to replies, in order."""


class ModelHistoryReader:
    """Asks the language model that read the single events; a `HistoryReader`.

    Args:
        replies: The model.
        top_categories: Of the shop.
    """

    def __init__(self, replies: Replies, *, top_categories: Sequence[str]) -> None:
        self._replies = replies
        self._top_categories = top_categories

    def read_histories(self, histories: Sequence[HistoryText]) -> list[IntentPaths]:
        """Return the paths of every history, strongest first; none where the reply is not valid."""
        chats = [render_history(history, top_categories=self._top_categories) for history in histories]
        return [_paths(reply) for reply in self._replies(chats)]


def _paths(reply: str) -> IntentPaths:
    try:
        return parse_reply(reply)
    except ValueError:
        return ()
