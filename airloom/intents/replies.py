"""What counts as a reply of a language model: its form, checked, and its labels normalised."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from airloom.intents.paths import MAX_LABELS, MAX_PATHS, IntentPath, normalise_label

MAX_REPLY: Final = 65_536
"""Characters of one reply; what is longer is not an answer to the prompt."""

_FENCED: Final = re.compile(r"```(?:json)?\s*(?P<inside>.*?)\s*```", re.DOTALL)


class ReplyPath(BaseModel):
    """One path as a model writes it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    labels: Annotated[list[str], Field(min_length=1, max_length=MAX_LABELS)]
    confidence: Annotated[float, Field(gt=0.0, le=1.0)]


class ReplyObject(BaseModel):
    """A whole reply as a model writes it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    paths: Annotated[list[ReplyPath], Field(max_length=MAX_PATHS)]


REPLY_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "paths": {
            "type": "array",
            "maxItems": MAX_PATHS,
            "items": {
                "type": "object",
                "properties": {
                    "labels": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": MAX_LABELS,
                        "items": {"type": "string"},
                    },
                    "confidence": {"type": "number", "minimum": 0.01, "maximum": 1.0},
                },
                "required": ["labels", "confidence"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["paths"],
    "additionalProperties": False,
}
"""JSON schema of a reply, in the words that every server with structured output knows."""


def parse_reply(text: str) -> tuple[IntentPath, ...]:
    """The paths in a reply, strongest first, labels normalised, each path once.

    A model that thinks aloud first, or puts its answer into a code fence, is understood.

    Raises:
        ValueError: The text is no answer; the message is the reason, without the text itself.
    """
    if len(text) > MAX_REPLY:
        raise ValueError(f"longer than {MAX_REPLY} characters")
    answer = text.rpartition("</think>")[2].strip()
    if fenced := _FENCED.fullmatch(answer):
        answer = fenced["inside"]
    try:
        reply = ReplyObject.model_validate_json(answer)
    except ValidationError as error:
        raise ValueError(faults_of(error)) from None
    return checked_paths(reply.paths)


def checked_paths(paths: list[ReplyPath]) -> tuple[IntentPath, ...]:
    """Normalised paths, strongest first; of equal ones the strongest.

    Raises:
        ValueError: A label is blank.
    """
    strongest: dict[tuple[str, ...], float] = {}
    for path in paths:
        labels = tuple(normalise_label(label) for label in path.labels)
        if not all(labels):
            raise ValueError("a label is blank")
        strongest[labels] = max(path.confidence, strongest.get(labels, 0.0))
    ordered = sorted(strongest.items(), key=lambda item: (-item[1], item[0]))
    return tuple(IntentPath(labels, confidence) for labels, confidence in ordered)


def faults_of(error: ValidationError) -> str:
    """What is wrong and where, without the text that is wrong."""
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'reply'}: {fault['msg']}" for fault in error.errors()[:5]
    )
