"""One line of what a batch API gave back, and what a line of any file of answers says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from airloom.llm.outcome import FAILED, Answer, Outcome, Unanswered, Usage
from airloom.llm.reply_format import MAX_REPLY, faults_of
from airloom.llm.server.chat_protocol import ChatResponse

K = TypeVar("K", bound=tuple[str, ...])
V = TypeVar("V")

MAX_LINE: Final = 8 * MAX_REPLY
"""Characters of one line; a longer one is rejected."""


class AnswerLine(NamedTuple, Generic[K, V]):
    """What one line of a file of answers says.

    Attributes:
        outcomes: One for each question that the line is about.
        model: The model that answered, if the line says it.
        prompt: The version of the prompt, likewise.
    """

    outcomes: Sequence[Outcome[K, V]]
    model: str | None = None
    prompt: str | None = None


class _Response(BaseModel):
    status_code: int = 200
    body: Any = None


class _BatchLine(BaseModel):
    custom_id: str
    response: _Response | None = None
    error: Any = None


def is_batch_line(line: str) -> bool:
    """Return whether a line comes from a batch API."""
    return '"custom_id"' in line


def read_batch_line(line: str, *, key_of: Callable[[str], K], parse: Callable[[str], V]) -> AnswerLine[K, V]:
    """Return what came of one request; a reply that is not valid leaves its question to be asked again.

    Args:
        line: Of a batch API's output.
        key_of: Returns the key in a custom_id, or raises ValueError.
        parse: Of the task's reply format.

    Raises:
        ValueError: The line is not an answer; the message is the reason, without the line itself.
    """
    try:
        result = _BatchLine.model_validate_json(line)
    except ValidationError as error:
        raise ValueError(faults_of(error)) from None
    return AnswerLine([_outcome(result, key_of(result.custom_id), parse)])


def _outcome(result: _BatchLine, key: K, parse: Callable[[str], V]) -> Outcome[K, V]:
    if result.response is None or result.response.status_code != 200:
        reason = f"the batch gave an error: {result.error or result.response}"[:300]
        return Unanswered(key, FAILED, reason)
    try:
        response = ChatResponse.model_validate(result.response.body)
    except ValidationError as error:
        return Unanswered(key, FAILED, f"no chat completion ({faults_of(error)})")
    tokens = response.tokens
    usage = Usage(1, tokens.prompt_tokens, tokens.completion_tokens) if tokens else Usage(1, uncounted=1)
    text = response.text
    try:
        return Answer(key, parse(text), text, usage=usage)
    except ValueError as reason:
        return Unanswered(key, FAILED, str(reason), text[:MAX_REPLY], usage)
