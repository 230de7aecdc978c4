"""A language model as the assistant asks it: one reply to a chat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from airloom.llm.prompt import Message
from airloom.llm.server.chat_client import Completion


class Chat(Protocol):
    """A model that writes one reply to a chat; `airloom.llm.server.chat_client.ChatClient` is one."""

    def complete(self, messages: Sequence[Message]) -> Completion:
        """Return the reply."""
        ...
