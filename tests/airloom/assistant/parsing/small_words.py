"""A catalogue's words, without a catalogue."""

from __future__ import annotations

from typing import NamedTuple

from airloom.assistant.graph.phrases import PhraseIndex
from airloom.assistant.parsing.rules import RulesParser

VALUES = ("bouldering", "chalk bags", "black", "leather", "wool", "cat beds", "winter", "mugs", "loft & co")
TITLES = ("Cloud Donut Bed", "Trailhead Insulated Mug 500 ml", "Chalk Bag", "Rope")


class SmallWords(NamedTuple):
    """A catalogue's words; colors are called so."""

    values: PhraseIndex
    titles: PhraseIndex

    def relation_called(self, word: str) -> str | None:
        """Return the relation of colors for words that name it."""
        return "color" if word in {"color", "colors", "colour"} else None


def parser_of(values: tuple[str, ...] = VALUES, titles: tuple[str, ...] = TITLES) -> RulesParser:
    """Return a parser that knows some values and titles."""
    return RulesParser(words_of_catalogue(values, titles))


def words_of_catalogue(values: tuple[str, ...], titles: tuple[str, ...]) -> SmallWords:
    """Return what a catalogue of some values and titles has words for."""
    return SmallWords(_index(values), _index(titles))


def _index(texts: tuple[str, ...]) -> PhraseIndex:
    return PhraseIndex.of(zip(texts, range(len(texts)), strict=True))


PARSER = parser_of()
WORDS = words_of_catalogue(VALUES, TITLES)
