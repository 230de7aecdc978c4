"""The words of a text as requests and catalogues are compared: lower case, without accents, in singular."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f]")
"""Characters of scripts without blanks between words: each one is a word."""
_POSSESSIVE: Final = re.compile(r"['\u2019]s$")


class Word(NamedTuple):
    """A word and where it stands.

    Attributes:
        stem: As it is compared.
        start: Of its first character in the text.
        end: After its last character.
    """

    stem: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """Return the words of a text in their order.

    >>> [word.stem for word in words_of("Café-style Mugs, 2 pieces of Anna's")]
    ['cafe', 'style', 'mug', '2', 'piece', 'of', 'anna']
    >>> [word.stem for word in words_of("冬季猫窝 XL")]
    ['冬', '季', '猫', '窝', 'xl']
    """
    return [word for match in _WORD.finditer(text) for word in _parts(match)]


def stems_of(text: str) -> tuple[str, ...]:
    """Return the stems of a text's words."""
    return tuple(word.stem for word in words_of(text))


def _parts(match: re.Match[str]) -> Iterator[Word]:
    start, word = match.start(), match[0]
    while not word.isascii() and (run := _UNSPACED.search(word)):
        if run.start():
            yield Word(_stem(word[: run.start()]), start, start + run.start())
        yield Word(run[0], start + run.start(), start + run.end())
        start, word = start + run.end(), word[run.end() :]
    if word:
        yield Word(_stem(word), start, start + len(word))


def _stem(word: str) -> str:
    """Return a word without case, accents, possessive and the s of an English plural."""
    plain = _POSSESSIVE.sub("", word).replace("\u2019", "'").casefold()
    if not plain.isascii():  # most words are, and their accents need no look
        bare = unicodedata.normalize("NFKD", plain)
        plain = "".join(character for character in bare if not unicodedata.combining(character))
    if len(plain) > 3 and plain.endswith("ies"):
        return f"{plain[:-3]}y"
    if len(plain) > 4 and plain.endswith(("ches", "shes", "xes", "sses")):
        return plain[:-2]
    if len(plain) > 3 and plain.endswith("s") and not plain.endswith(("ss", "us", "is")):
        return plain[:-1]
    return plain
