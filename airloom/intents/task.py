"""The task of this package: asked about an atom, a language model lists the purchases that it predicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote

from airloom.intents.answers import INTENT_ANSWERS
from airloom.intents.atoms import Atom
from airloom.intents.paths import IntentPaths
from airloom.intents.prompt import IntentPrompt, event_messages
from airloom.intents.reply import intent_reply
from airloom.intents.reply_bounds import ASKED
from airloom.intents.settings import LabelScript
from airloom.llm.prompt import Message
from airloom.llm.reply_format import ReplyFormat
from airloom.llm.store.answer_table import AnswerTable
from airloom.logs.contract import VIEW


@dataclass(frozen=True)
class IntentTask:
    """A `Task` whose questions are rows of `ATOM_SCHEMA`.

    Attributes:
        prompt: What is asked.
        top_categories: Of the shop.
        max_paths: Of a reply.
        min_paths: Of a reply.
        labels: Which labels a reply may have.
    """

    prompt: IntentPrompt
    top_categories: Sequence[str]
    max_paths: int = ASKED.max_paths
    min_paths: int = 0
    labels: LabelScript = "english"

    @cached_property
    def reply(self) -> ReplyFormat[IntentPaths]:
        """Intent paths."""
        return intent_reply(self.max_paths, min_paths=self.min_paths, labels=self.labels)

    @property
    def answers(self) -> AnswerTable[IntentPaths]:
        """The columns of the intent store."""
        return INTENT_ANSWERS

    @property
    def prompt_version(self) -> str:
        """The hash of the prompt."""
        return self.prompt.version

    def key(self, question: Mapping[str, Any]) -> Atom:
        """Return the atom."""
        return Atom(question["action"], question["object_id"], question["profile_bucket"])

    def messages(self, question: Mapping[str, Any]) -> list[Message]:
        """Return the chat about an atom."""
        return event_messages(self.prompt, question, top_categories=self.top_categories)

    def shortest_messages(self) -> list[Message]:
        """Return the chat about an item without any text."""
        return self.messages(Atom(VIEW, "")._asdict() | {"title": ""})

    def custom_id(self, key: Atom) -> str:
        """Return action/profile bucket/object id, each quoted as in a URL."""
        return "/".join(quote(part, safe="") for part in (key.action, key.profile_bucket, key.object_id))


def atom_in(custom_id: str) -> Atom:
    """Return the atom that `IntentTask.custom_id` wrote.

    Raises:
        ValueError: The text is not one of those.
    """
    parts = custom_id.split("/")
    if len(parts) != 3 or not all(parts):
        raise ValueError(f"the custom_id {custom_id[:80]!r} was not written by airloom intents questions")
    action, bucket, object_id = map(unquote, parts)
    return Atom(action, object_id, bucket)
