"""The reply of a language model about one atom: its form, checked, and its labels normalized."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from airloom.intents.paths import IntentPath, IntentPaths, english_label, normalize_label
from airloom.intents.reply_bounds import ACCEPTED, ASKED
from airloom.intents.reply_grammar import LABEL_PATTERN, reply_grammar
from airloom.intents.settings import LabelScript
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


def reply_schema(*, min_paths: int, max_paths: int, labels: LabelScript) -> dict[str, Any]:
    """Return the JSON schema of a reply: what the prompt says, in the keywords of structured output.

    A schema cannot forbid blanks between the parts of JSON; the grammar does.

    Args:
        min_paths: Of a reply.
        max_paths: Of a reply.
        labels: Which labels it may have.
    """
    label: dict[str, Any] = {"pattern": LABEL_PATTERN}
    if labels == "any":
        label = {"maxLength": ASKED.max_label_length}
    path = {
        "type": "object",
        "properties": {
            "labels": {
                "type": "array",
                "minItems": ASKED.min_labels,
                "maxItems": ASKED.max_labels,
                "items": {"type": "string", **label},
            },
            "confidence": {
                "type": "number",
                "minimum": ASKED.min_confidence,
                "maximum": ASKED.max_confidence,
            },
        },
        "required": ["labels", "confidence"],
        "additionalProperties": False,
    }
    paths = {"type": "array", "minItems": min_paths, "maxItems": max_paths, "items": path}
    return {
        "type": "object",
        "properties": {"paths": paths},
        "required": ["paths"],
        "additionalProperties": False,
    }


def intent_reply(
    max_paths: int = ASKED.max_paths, *, min_paths: int = 0, labels: LabelScript = "english"
) -> ReplyFormat[IntentPaths]:
    """Return the form of a reply.

    Args:
        max_paths: That the model may write; a longer reply of a server that keeps no schema is accepted.
        min_paths: That it must write, likewise.
        labels: Which labels it may have.
    """
    return ReplyFormat(
        "intent_paths",
        reply_schema(min_paths=min_paths, max_paths=max_paths, labels=labels),
        partial(parse_reply, labels=labels),
        reply_grammar(max_paths, min_paths=min_paths),
    )


def parse_reply(text: str, *, labels: LabelScript = "english") -> IntentPaths:
    """Return the paths in a reply, strongest first, labels normalized, each path once.

    A label that is in its path already is left out: small models repeat themselves.

    Args:
        text: The reply.
        labels: Which labels it may have; accents of English ones are left out.

    Raises:
        ValueError: The text is not a valid reply; the message is the reason, without the text itself.
    """
    paths = validated(text, Reply).paths
    for path in paths:
        own = [normalize_label(label) for label in path.labels]
        path.labels = list(dict.fromkeys(map(english_label, own) if labels == "english" else own))
    return checked_paths(paths)


def checked_paths(paths: list[ReplyPath]) -> IntentPaths:
    """Return normalized paths, strongest first; of equal ones the strongest.

    Raises:
        ValueError: A label says nothing.
    """
    strongest: dict[tuple[str, ...], float] = {}
    for path in paths:
        labels = tuple(normalize_label(label) for label in path.labels)
        if not all(any(map(str.isalnum, label)) for label in labels):
            raise ValueError("a label has no letter or digit")
        strongest[labels] = max(path.confidence, strongest.get(labels, 0.0))
    ordered = sorted(strongest.items(), key=lambda item: (-item[1], item[0]))
    return tuple(IntentPath(labels, confidence) for labels, confidence in ordered)
