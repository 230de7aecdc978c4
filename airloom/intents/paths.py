"""Intent paths: what a reasoner writes down about one atom."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

MAX_PATHS = 5
MAX_LABELS = 4
MAX_LABEL_LENGTH = 80


class IntentPath(NamedTuple):
    """Labels from coarse to fine, and how strongly the event points to a purchase of that kind.

    Attributes:
        labels: 1 to 4 normalised labels: a need or interest, a product area, a product type.
        confidence: Between 0 and 1.
    """

    labels: tuple[str, ...]
    confidence: float


def normalise_label(text: str) -> str:
    """Lower case, one space between words, no control characters, at most 80 characters."""
    visible = "".join(
        " " if unicodedata.category(c)[0] in "CZ" else c for c in unicodedata.normalize("NFKC", text)
    )
    return re.sub(r"\s+", " ", visible).strip().lower()[:MAX_LABEL_LENGTH].rstrip()
