"""Reads whole histories with a language model: one prompt with all events, one reply."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from airloom.intents.history import HistoryText
from airloom.intents.history_prompt import render_history
from airloom.intents.paths import IntentPaths
from airloom.intents.task import IntentTask
from airloom.llm.prompt import Message

Replies = Callable[[Sequence[list[Message]]], Sequence[str]]
"""A language model: chats to replies, in order."""


class ModelHistoryReader:
    """Asks the language model that read the single events; a `HistoryReader`.

    Args:
        replies: The model.
        task: What the model is asked about single events.
    """

    def __init__(self, replies: Replies, *, task: IntentTask) -> None:
        self._replies = replies
        self._task = task

    def read_histories(self, histories: Sequence[HistoryText]) -> list[IntentPaths]:
        """Return the paths of every history, strongest first; none where the reply is not valid."""
        chats = [
            render_history(history, top_categories=self._task.top_categories, words=self._task.prompt.words)
            for history in histories
        ]
        return [self._paths(reply) for reply in self._replies(chats)]

    def _paths(self, reply: str) -> IntentPaths:
        try:
            return self._task.reply.parse(reply)
        except ValueError:
            return ()
