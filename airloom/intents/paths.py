"""Intent paths: what a reasoner writes down about one atom."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple, TypeAlias

from airloom.intents.reply_bounds import ACCEPTED


class IntentPath(NamedTuple):
    """Labels from coarse to fine, and how strongly the event points to a purchase of that kind.

    Attributes:
        labels: 1 to 4 normalized labels: a need or interest, a product area, a product type.
        confidence: Between 0 and 1.
    """

    labels: tuple[str, ...]
    confidence: float


_TYPOGRAPHIC: Final = str.maketrans(
    {
        **dict.fromkeys("‘’´`", "'"),
        **dict.fromkeys("“”„", '"'),
        **dict.fromkeys("‐‑‒–—", "-"),
        "ß": "ss",
        "ø": "o",
    }
)

IntentPaths: TypeAlias = tuple[IntentPath, ...]
"""The answer about one atom, strongest first; empty if the event predicts no purchase."""


def normalize_label(text: str) -> str:
    r"""Return the label in lower case, single-spaced, without control characters, cut to the maximum length.

    >>> normalize_label("  Smoothie\tBlender ")
    'smoothie blender'
    """
    visible = "".join(
        " " if unicodedata.category(c)[0] in "CZ" else c for c in unicodedata.normalize("NFKC", text)
    )
    return re.sub(r"\s+", " ", visible).strip().lower()[: ACCEPTED.max_label_length].rstrip()


def english_label(label: str) -> str:
    """Return a normalized label in ASCII: accents are left out, typographic quotes and dashes replaced.

    Raises:
        ValueError: It has letters that English has not.

    >>> english_label("crème brûlée – children’s")
    "creme brulee - children's"
    """
    bare = unicodedata.normalize("NFKD", label.translate(_TYPOGRAPHIC))
    plain = "".join(character for character in bare if not unicodedata.combining(character))
    if not plain.isascii():
        raise ValueError("a label is not in English letters")
    return plain
