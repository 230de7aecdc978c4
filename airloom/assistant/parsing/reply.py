"""The form of a language model's reading of a request."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from airloom.assistant.parsing.parsed_request import (
    How,
    ParsedClaim,
    ParsedCondition,
    ParsedReference,
    ParsedRequest,
)
from airloom.llm.reply_format import ReplyFormat, validated

MAX_PARTS: Final = 12
"""Of each kind."""
MAX_LENGTH: Final = 200
"""Characters of one text."""

_Text = Annotated[str, Field(min_length=1, max_length=MAX_LENGTH)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class _Condition(_Part):
    text: _Text
    negated: bool = False
    alternatives: Annotated[list[_Text], Field(max_length=MAX_PARTS)] = []


class _Reference(_Part):
    title: _Text
    how: How


class _Claim(_Part):
    title: _Text
    value: _Text
    relation: _Text | None = None


class _Request(_Part):
    conditions: Annotated[list[_Condition], Field(max_length=MAX_PARTS)] = []
    references: Annotated[list[_Reference], Field(max_length=MAX_PARTS)] = []
    claims: Annotated[list[_Claim], Field(max_length=MAX_PARTS)] = []
    in_common: _Text | None = None
    rest: Annotated[list[_Text], Field(max_length=MAX_PARTS)] = []


class _Reply(_Part):
    requests: Annotated[list[_Request], Field(max_length=MAX_PARTS)]


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": MAX_PARTS}


_TEXT: Final = {"type": "string"}
_OPTIONAL: Final = {"anyOf": [_TEXT, {"type": "null"}]}
_REQUEST: Final = _object(
    conditions=_list(_object(text=_TEXT, negated={"type": "boolean"}, alternatives=_list(_TEXT))),
    references=_list(_object(title=_TEXT, how={"type": "string", "enum": [str(how) for how in How]})),
    claims=_list(_object(title=_TEXT, value=_TEXT, relation=_OPTIONAL)),
    in_common=_OPTIONAL,
    rest=_list(_TEXT),
)


def _parse(text: str, *, count: int) -> tuple[ParsedRequest, ...]:
    requests = validated(text, _Reply).requests
    if len(requests) != count:
        raise ValueError(f"{len(requests)} readings of {count} requests")
    return tuple(map(_parsed, requests))


def _parsed(reading: _Request) -> ParsedRequest:
    return ParsedRequest(
        tuple(
            ParsedCondition(part.text, part.negated, tuple(part.alternatives)) for part in reading.conditions
        ),
        None,
        tuple(ParsedReference(part.title, part.how) for part in reading.references),
        tuple(ParsedClaim(part.title, part.value, part.relation) for part in reading.claims),
        reading.in_common,
        tuple(reading.rest),
    )


def written(parsed: Sequence[ParsedRequest]) -> str:
    """Return the reply that says these readings, as a model is to write it; price ranges are not in it."""
    requests = [
        _Request(
            conditions=[
                _Condition(text=text, negated=negated, alternatives=list(alternatives))
                for text, negated, alternatives in reading.conditions
            ],
            references=[_Reference(title=title, how=how) for title, how in reading.references],
            claims=[
                _Claim(title=title, value=value, relation=relation)
                for title, value, relation in reading.claims
            ],
            in_common=reading.in_common or None,
            rest=list(reading.rest),
        )
        for reading in parsed
    ]
    return json.dumps(_Reply(requests=requests).model_dump(mode="json"), ensure_ascii=False)


@functools.cache
def readings(count: int) -> ReplyFormat[tuple[ParsedRequest, ...]]:
    """Return the form of readings of so many requests, without price ranges: amounts are never a model's.

    A server that keeps to a schema cannot write two readings of one request, which small models like to do.

    Args:
        count: Requests, at least 1; each has one reading.
    """
    requests = {"type": "array", "items": _REQUEST, "minItems": count, "maxItems": count}
    return ReplyFormat("requests", _object(requests=requests), functools.partial(_parse, count=count))
