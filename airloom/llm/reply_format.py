"""The form of a reply: how it is asked for, how it is checked, and which text a local model may write."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

V = TypeVar("V")
M = TypeVar("M", bound=BaseModel)

MAX_REPLY: Final = 65_536
"""Characters of one reply; a longer one is rejected."""

_FENCED: Final = re.compile(r"```(?:json)?\s*(?P<inside>.*?)\s*```", re.DOTALL)


class ReplyGrammar(NamedTuple):
    """All replies that a model in this process may write; `ReplyFormat.parse` accepts each of them.

    Attributes:
        lark: The grammar, as llguidance reads it.
        alphabet: Every character of a reply. They are ASCII, so a reply has as many bytes as characters.
        max_length: Characters of the longest reply, and so the maximum number of its tokens.
    """

    lark: str
    alphabet: str
    max_length: int


@dataclass(frozen=True)
class ReplyFormat(Generic[V]):
    """The form of the replies to one kind of question.

    Attributes:
        name: Names the schema to a server.
        json_schema: In the keywords that every server with structured output knows.
        parse: Returns what a reply says, or raises ValueError with what is wrong, without the reply itself.
        grammar: For models in this process; None if the task is only asked over HTTP and in files.
    """

    name: str
    json_schema: Mapping[str, Any]
    parse: Callable[[str], V]
    grammar: ReplyGrammar | None = None


def validated(text: str, model: type[M]) -> M:
    """Return a reply as a pydantic model; thoughts before it and a code fence around it are left out.

    Raises:
        ValueError: The text is not a valid reply; the message says what is wrong, without the text itself.
    """
    if len(text) > MAX_REPLY:
        raise ValueError(f"longer than {MAX_REPLY} characters")
    reply = text.rpartition("</think>")[2].strip()
    if fenced := _FENCED.fullmatch(reply):
        reply = fenced["inside"]
    try:
        return model.model_validate_json(reply)
    except ValidationError as error:
        raise ValueError(faults_of(error)) from None


def faults_of(error: ValidationError) -> str:
    """Return what is wrong and where, without the text that is wrong."""
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'reply'}: {fault['msg']}" for fault in error.errors()[:5]
    )
