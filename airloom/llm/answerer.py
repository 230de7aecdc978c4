"""The interface between a store of answers and whatever gives them: a language model, or another method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

import pyarrow as pa

from airloom.errors import AirloomError
from airloom.llm.outcome import Outcome
from airloom.llm.prompt import Message
from airloom.llm.version import Version

K = TypeVar("K", bound=tuple[str, ...])
V = TypeVar("V")


class Answerer(Protocol[K, V]):
    """Answers the questions of one task."""

    @property
    def version(self) -> Version:
        """Under what the answers are stored; another model, prompt or method is another version."""
        ...

    def answer(self, chunks: Iterator[pa.Table]) -> Iterator[Sequence[Outcome[K, V]]]:
        """Yield what came of each question, once, in any order.

        What is yielded together is stored together before the next is asked for, so an answerer that pays for
        its answers yields each as soon as it comes.

        Args:
            chunks: Tables with one question per row; taken as they are needed.

        Raises:
            StoppedError: Asking on makes no sense; all that was answered has been yielded.
        """
        ...


class LanguageModel(Answerer[K, V], Protocol[K, V]):
    """An answerer that can also be asked something else in the task's form of reply."""

    def replies(self, chats: Sequence[list[Message]]) -> list[str]:
        """Return the reply to each chat, in order; empty where none came."""
        ...


class StoppedError(AirloomError):
    """An answerer that stops early: its budget is spent, or its server does not answer."""
