"""The OpenAI protocol, as far as a reasoner needs it: what is sent for one reply, and what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from airloom.intents.prompt import Message
from airloom.intents.replies import REPLY_SCHEMA
from airloom.intents.settings import OpenAISettings

_FORMATS: Final[dict[str, dict[str, Any]]] = {
    "json_schema": {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "intent_paths", "schema": REPLY_SCHEMA, "strict": True},
        }
    },
    "json_object": {"response_format": {"type": "json_object"}},
    "none": {},
}


def request_body(settings: OpenAISettings, messages: Sequence[Message]) -> dict[str, Any]:
    """What is sent to ask for one reply."""
    return {
        "model": settings.model,
        "messages": list(messages),
        "temperature": settings.temperature,
        "max_tokens": settings.max_tokens,
        **_FORMATS[settings.structured],
        **settings.extra,
    }


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
