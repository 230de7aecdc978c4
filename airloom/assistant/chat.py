"""A language model as the assistant asks it: one reply to a chat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from airloom.llm.prompt import Message
from airloom.llm.reply_format import ReplyFormat
from airloom.llm.server.chat_client import Completion


class Chat(Protocol):
    """A model that writes one reply to a chat; `airloom.llm.server.chat_client.ChatClient` is one."""

    def complete(self, messages: Sequence[Message], *, reply: ReplyFormat[Any]) -> Completion:
        """Return the reply, which is asked for in a form; a server may write another all the same."""
        ...
