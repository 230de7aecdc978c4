"""Titles that the encoders cannot read: by their script, or by how little of them the vocabulary knows.

A language that is written like one of the encoders' own, but is none of them, falls into pieces of one or two
letters, because the vocabulary has none of its words. Figures by language: docs/measurements/languages.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from airloom.intents.multilingual.tokenizer import UNKNOWN
from airloom.intents.reasoners.title_space import spell_pictograms

if TYPE_CHECKING:
    from tokenizers import Encoding

SplitIntoPieces = Callable[[Sequence[str]], Sequence["Encoding"]]
"""Splits texts into word pieces (`MultilingualEncoder.pieces`)."""

MIN_KNOWN: Final = 0.65
"""A text whose words are known to a lesser degree is in a language that the encoders do not read. At most 1%
of the sentences of each of their own languages are taken for one (`benchmarks.languages_read`)."""
MIN_LETTERS: Final = 14
"""A shorter text says too little about its language."""
ALPHABETS: Final = frozenset({"LATIN", "CYRILLIC", "ARABIC"})
"""Scripts that other languages share."""
READABLE_SCRIPTS: Final = frozenset({*ALPHABETS, "CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "HANGUL", "THAI"})
"""Scripts of the 16 languages, as the names of Unicode characters begin."""

NO_WORDS: Final = "no words"
UNREADABLE_SCRIPT: Final = "unreadable script"
UNREADABLE_LANGUAGE: Final = "unreadable language"
"""How reasons begin."""

_LETTERS: Final = frozenset({"Lu", "Ll", "Lt", "Lo"})
_WORDS: Final = re.compile(r"[^\W\d_]+")


def why_unreadable(titles: Sequence[str], *, pieces: SplitIntoPieces | None) -> list[str]:
    """Return for each title why the encoder cannot read it; empty if it can.

    Args:
        titles: Emoji count, as the words that they are spelled with, where a title has no other.
        pieces: Splits titles into the pieces of the encoder's vocabulary; None looks at scripts only.
    """
    texts = [_own_words(title) for title in titles]
    split = pieces(texts) if pieces else [None] * len(texts)
    return [_reason(text, own) for text, own in zip(texts, split, strict=True)]


def _own_words(title: str) -> str:
    text = unicodedata.normalize("NFKC", title).lower()
    return text if any(map(_is_letter, text)) else spell_pictograms(text)


def _reason(text: str, pieces: Encoding | None) -> str:
    scripts = Counter(_script(sign) for sign in text if _is_letter(sign))
    letters = scripts.total()
    if not letters:
        return NO_WORDS
    strange = Counter({script: count for script, count in scripts.items() if script not in READABLE_SCRIPTS})
    if 2 * strange.total() > letters:
        return f"{UNREADABLE_SCRIPT}: {strange.most_common(1)[0][0].capitalize()}"
    main, count = scripts.most_common(1)[0]
    if pieces is None or main not in ALPHABETS or count < MIN_LETTERS:
        return ""
    return f"{UNREADABLE_LANGUAGE} in {main.capitalize()} letters" if _known(text, pieces) < MIN_KNOWN else ""


def _known(text: str, pieces: Encoding) -> float:
    """Return how far the words are whole in the vocabulary: 1 if all are, 0 if all are single letters."""
    lengths = [sum(map(_is_letter, piece)) for piece in pieces.tokens]
    # what the vocabulary lacks altogether is one piece, however long
    count = sum(
        length if number == UNKNOWN else length > 0
        for number, length in zip(pieces.ids, lengths, strict=True)
    )
    words = len(_WORDS.findall(text))
    letters = sum(lengths)
    return (letters - count) / max(letters - words, 1)


def _is_letter(sign: str) -> bool:
    return unicodedata.category(sign) in _LETTERS


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]
