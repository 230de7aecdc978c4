"""How far a value rests on a product's texts: which of its words they have."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from airloom.intents.paths import normalize_label

_WORD: Final = re.compile(r"\w+")
_FUNCTION_WORDS: Final = frozenset(
    ("a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with")
)
_MIN_PLURAL: Final = 4
"""Letters of a word from which a final s may be the plural's."""


def content_words(text: str) -> frozenset[str]:
    """Return the words that carry meaning, in lower case and without the s of a plural.

    >>> sorted(content_words("Bowls for the cats"))
    ['bowl', 'cat']
    """
    words = {_singular(word) for word in _WORD.findall(text.casefold())}
    return frozenset(words - _FUNCTION_WORDS or words)


def _singular(word: str) -> str:
    return word[:-1] if len(word) >= _MIN_PLURAL and word.endswith("s") and not word.endswith("ss") else word


class Evidence(NamedTuple):
    """A product's texts, ready to be searched.

    Attributes:
        text: Normalized, for scripts that put no spaces between words.
        words: Its content words.
    """

    text: str
    words: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Evidence:
        """Return the evidence that a text is."""
        lines = (" ".join(line.casefold().split()) for line in text.splitlines())
        return cls("\n".join(lines), content_words(text))

    def share(self, value: str) -> float:
        """Return the share of a value's words that the texts have; 1 if they contain it as it is.

        >>> Evidence.of("Heated cat bed").share("heated dog beds")
        0.6666666666666666
        """
        if contains_words(self.text, normalize_label(value)):
            return 1.0
        words = content_words(value)
        return len(words & self.words) / max(len(words), 1)


def contains_words(text: str, value: str) -> bool:
    """Return whether a text has a value as whole words; not every script has spaces between them."""
    if not value.isascii():
        return value in text
    start = text.find(value)  # a pattern for each value would take ten times as long to compile
    while start >= 0:
        end = start + len(value)
        if not (_is_in_word(text[start - 1 : start]) or _is_in_word(text[end : end + 1])):
            return True
        start = text.find(value, start + 1)
    return False


def _is_in_word(character: str) -> bool:
    return character.isalnum() or character == "_"
