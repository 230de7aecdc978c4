"""A server whose model reads requests as rules do, but for those that it was planned to fail on."""

from __future__ import annotations

import json
from typing import Any, Final

from airloom.assistant.assistant_settings import AssistantSettings
from airloom.llm.settings import OpenAISettings
from tests.airloom.llm.server.chat_server_double import ChatServerDouble

EMPTY_READING: Final = json.dumps({"requests": [{"rest": []}]})


def request_in(body: dict[str, Any]) -> str:
    """Return the one request that a chat is about."""
    [query] = json.loads(body["messages"][-1]["content"])["requests"]
    return str(query)


def reading_server(reply: str = EMPTY_READING) -> ChatServerDouble:
    """A server that gives the same reply to every request."""
    return ChatServerDouble(question_in=request_in, reply_to=lambda _: reply)


def settings_at(server: ChatServerDouble, **settings: Any) -> AssistantSettings:
    """The settings of an assistant whose model is behind the server."""
    openai = OpenAISettings(
        base_url=server.base_url, model="reader", usd_per_million_in=1.0, usd_per_million_out=2.0
    )
    return AssistantSettings(openai, **({"deadline_ms": 20_000} | settings))
