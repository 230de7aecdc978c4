"""What a language model makes of a whole history: one prompt with all events, one reply."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from airloom.intents.history_prompt import render_history
from airloom.intents.paths import IntentPath
from airloom.intents.prompt import Message
from airloom.intents.reasoners.history import HistoryText
from airloom.intents.replies import parse_reply

Replies = Callable[[Sequence[list[Message]]], Sequence[str]]
"""A language model: chats to replies, in order."""


class ModelHistoryReader:
    """Asks the language model that read the single events; a `HistoryReader`.

    Args:
        replies: The model.
        sections: The shop's top categories.
    """

    def __init__(self, replies: Replies, *, sections: Sequence[str]) -> None:
        self._replies = replies
        self._sections = sections

    def read_histories(self, histories: Sequence[HistoryText]) -> list[tuple[IntentPath, ...]]:
        """The paths of every history, strongest first; none where the reply is no answer."""
        chats = [render_history(history, sections=self._sections) for history in histories]
        return [_paths(reply) for reply in self._replies(chats)]


def _paths(reply: str) -> tuple[IntentPath, ...]:
    try:
        return parse_reply(reply)
    except ValueError:
        return ()
