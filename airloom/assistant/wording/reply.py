"""The form of a language model's sentences about the products of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict

from airloom.llm.reply_format import ReplyFormat, validated


class _Sentence(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    position: int
    sentence: str


class _Sentences(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    sentences: list[_Sentence]


_SENTENCE: Final = {
    "type": "object",
    "properties": {"position": {"type": "integer"}, "sentence": {"type": "string"}},
    "required": ["position", "sentence"],
    "additionalProperties": False,
}
_SCHEMA: Final = {
    "type": "object",
    "properties": {"sentences": {"type": "array", "items": _SENTENCE}},
    "required": ["sentences"],
    "additionalProperties": False,
}


def _parse(text: str) -> Mapping[int, str]:
    return {part.position: part.sentence for part in reversed(validated(text, _Sentences).sentences)}


SENTENCES: Final = ReplyFormat("sentences", _SCHEMA, _parse)
"""A sentence by the position of its product; of several of one position the first counts."""
