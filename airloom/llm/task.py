"""The interface of this package: a task is one kind of question that language models are asked in bulk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from airloom.llm.prompt import Message
from airloom.llm.reply_format import ReplyFormat
from airloom.llm.store.answer_table import AnswerTable

K = TypeVar("K", bound=tuple[str, ...])
V = TypeVar("V")


class Task(Protocol[K, V]):
    """One kind of question: its key `K`, its prompt, the form of its reply, and the value `V` of an answer.

    A question is a row with the key's fields and whatever texts the prompt needs; keys are NamedTuples of
    strings. tests/airloom/llm/color_task.py is a whole one in fifty lines.
    """

    @property
    def reply(self) -> ReplyFormat[V]:
        """The form of a reply."""
        ...

    @property
    def answers(self) -> AnswerTable[V]:
        """The columns of stored answers."""
        ...

    @property
    def prompt_version(self) -> str:
        """Another prompt is another version of the answers."""
        ...

    def key(self, question: Mapping[str, Any]) -> K:
        """Return the key of a question."""
        ...

    def messages(self, question: Mapping[str, Any]) -> list[Message]:
        """Return the chat that asks a question."""
        ...

    def shortest_messages(self) -> list[Message]:
        """Return the shortest chat that there can be: a model without room for it cannot be asked at all."""
        ...

    def custom_id(self, key: K) -> str:
        """Return the key as a line of a batch file carries it."""
        ...
