"""The part of the OpenAI protocol that is needed: the request for one reply, and the response."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field, ValidationError

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
        case "llguidance" if reply.grammar:
            return {"grammar": f"%llguidance {{}}\n{reply.grammar.lark}"}
        case _:
            return {}


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


MAX_TOKENS: Final = 10_000_000
"""Tokens that one request can take; a count above this is none."""
_ENDLESS_NUMBER: Final = re.compile(rb"(?<=[:\s])-?\d{300,}")
_Count = Annotated[int, Field(ge=0, le=MAX_TOKENS, strict=True)]


class TokenUsage(BaseModel):
    """Tokens as the server counted them."""

    prompt_tokens: _Count
    completion_tokens: _Count


class ChatResponse(BaseModel):
    """A chat completion."""

    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: Any = None

    @property
    def tokens(self) -> TokenUsage | None:
        """What the server counted; None if it did not, or if no request can take so many."""
        try:
            return None if self.usage is None else TokenUsage.model_validate(self.usage)
        except ValidationError:
            return None

    @property
    def text(self) -> str:
        """What the model wrote; empty if it refused."""
        return self.choices[0].message.content or ""

    @property
    def cut(self) -> bool:
        """Whether the reply ended at `max_tokens`."""
        return self.choices[0].finish_reason == "length"


def chat_response(body: bytes) -> ChatResponse:
    """Return the chat completion in a body; a number that no parser takes counts as none.

    Raises:
        ValidationError: The body is no chat completion.
    """
    return ChatResponse.model_validate_json(_ENDLESS_NUMBER.sub(b"null", body))
