"""The bounds of a reply, of which the pydantic model, the JSON schema and the grammar are made."""

from __future__ import annotations

from typing import Final, NamedTuple


class ReplyBounds(NamedTuple):
    """How much a reply may say.

    Attributes:
        max_paths: Of one reply.
        min_labels: Of one path.
        max_labels: Of one path.
        max_label_length: Characters of a label.
        min_confidence: Of a path.
        max_confidence: Of a path.
    """

    max_paths: int
    min_labels: int
    max_labels: int
    max_label_length: int
    min_confidence: float
    max_confidence: float


ACCEPTED: Final = ReplyBounds(
    max_paths=5, min_labels=1, max_labels=4, max_label_length=80, min_confidence=0.0, max_confidence=1.0
)
"""A reply outside these is rejected: its confidences are *above* 0. A longer label is cut."""

ASKED: Final = ReplyBounds(
    max_paths=3, min_labels=2, max_labels=4, max_label_length=60, min_confidence=0.05, max_confidence=0.95
)
"""What `prompt.md` asks for in words, and the schema and the grammar demand. Under a grammar a model cuts a
label off at the maximum length, which therefore leaves room for what is still a noun phrase."""
