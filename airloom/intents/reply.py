"""The reply of a language model about one atom: its form, checked, and its labels normalized."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from airloom.intents.paths import IntentPath, IntentPaths, normalize_label
from airloom.intents.reply_bounds import ACCEPTED, ASKED, SCHEMA_MIN_CONFIDENCE
from airloom.intents.reply_grammar import reply_grammar
from airloom.llm.reply_format import ReplyFormat, validated


class ReplyPath(BaseModel):
    """One path as a model writes it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    labels: Annotated[list[str], Field(min_length=ACCEPTED.min_labels, max_length=ACCEPTED.max_labels)]
    confidence: Annotated[float, Field(gt=ACCEPTED.min_confidence, le=ACCEPTED.max_confidence)]


class Reply(BaseModel):
    """A whole reply as a model writes it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    paths: Annotated[list[ReplyPath], Field(max_length=ACCEPTED.max_paths)]


REPLY_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "paths": {
            "type": "array",
            "maxItems": ACCEPTED.max_paths,
            "items": {
                "type": "object",
                "properties": {
                    "labels": {
                        "type": "array",
                        "minItems": ACCEPTED.min_labels,
                        "maxItems": ACCEPTED.max_labels,
                        "items": {"type": "string"},
                    },
                    "confidence": {
                        "type": "number",
                        "minimum": SCHEMA_MIN_CONFIDENCE,
                        "maximum": ACCEPTED.max_confidence,
                    },
                },
                "required": ["labels", "confidence"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["paths"],
    "additionalProperties": False,
}
"""JSON schema of a reply, in the keywords that every server with structured output knows."""


def intent_reply(max_paths: int = ASKED.max_paths) -> ReplyFormat[IntentPaths]:
    """Return the form of a reply.

    Args:
        max_paths: Of a reply of a model in this process.
    """
    return ReplyFormat("intent_paths", REPLY_SCHEMA, parse_reply, reply_grammar(max_paths))


def parse_reply(text: str) -> IntentPaths:
    """Return the paths in a reply, strongest first, labels normalized, each path once.

    Raises:
        ValueError: The text is not a valid reply; the message is the reason, without the text itself.
    """
    return checked_paths(validated(text, Reply).paths)


def checked_paths(paths: list[ReplyPath]) -> IntentPaths:
    """Return normalized paths, strongest first; of equal ones the strongest.

    Raises:
        ValueError: A label is blank.
    """
    strongest: dict[tuple[str, ...], float] = {}
    for path in paths:
        labels = tuple(normalize_label(label) for label in path.labels)
        if not all(labels):
            raise ValueError("a label is blank")
        strongest[labels] = max(path.confidence, strongest.get(labels, 0.0))
    ordered = sorted(strongest.items(), key=lambda item: (-item[1], item[0]))
    return tuple(IntentPath(labels, confidence) for labels, confidence in ordered)
