"""The part of the OpenAI protocol that is needed: the request for one reply, and the response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field

from airloom.llm.prompt import Message
from airloom.llm.reply_format import ReplyFormat
from airloom.llm.settings import OpenAISettings


def request_body(
    settings: OpenAISettings, messages: Sequence[Message], reply: ReplyFormat[Any]
) -> dict[str, Any]:
    """Return the request for one reply."""
    return {
        "model": settings.model,
        "messages": list(messages),
        "temperature": settings.temperature,
        "max_tokens": settings.max_tokens,
        **_response_format(settings, reply),
        **settings.extra,
    }


def _response_format(settings: OpenAISettings, reply: ReplyFormat[Any]) -> dict[str, Any]:
    match settings.structured:
        case "json_schema":
            schema = {"name": reply.name, "schema": reply.json_schema, "strict": True}
            return {"response_format": {"type": "json_schema", "json_schema": schema}}
        case "json_object":
            return {"response_format": {"type": "json_object"}}
        case "none":
            return {}


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class TokenUsage(BaseModel):
    """Tokens as the server counted them."""

    prompt_tokens: Annotated[int, Field(ge=0)] = 0
    completion_tokens: Annotated[int, Field(ge=0)] = 0


class ChatResponse(BaseModel):
    """A chat completion."""

    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: TokenUsage | None = None
    model: str | None = None

    @property
    def text(self) -> str:
        """What the model wrote; empty if it refused."""
        return self.choices[0].message.content or ""

    @property
    def cut(self) -> bool:
        """Whether the reply ended at `max_tokens`."""
        return self.choices[0].finish_reason == "length"
