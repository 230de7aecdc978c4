"""Whether a sentence about a product says nothing but what the catalogue says of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from airloom.assistant.answer import Item
from airloom.assistant.graph.words import Word, stems_of, words_of
from airloom.assistant.parsing.catalogue_words import CatalogueWords
from airloom.assistant.parsing.price_range import amount_in
from airloom.assistant.wording.evidence import stands_alone, written_facts

MAX_LENGTH: Final = 200
"""Characters of what is said of one product."""
MAX_SENTENCES: Final = 2
PUNCTUATION: Final = frozenset(" .,;:!?'\u2019\"\u201c\u201d()&-\u2013\u2014")
"""All characters but letters and digits that may stand there: no markup can be written with them."""
FUNCTION_WORDS: Final = frozenset(
    stems_of(
        "a an the this that it its is are has have with and also in of for at you your as asked wanted "
        "costs price priced"
    )
)
"""All words that may stand there besides the product's own. None denies, compares or praises: with "not" or
"cheaper" among them, the words of two facts would make a third one."""

_SENTENCE_END: Final = re.compile(r"[.!?]+(?:\W|$)")
_ADDRESS: Final = re.compile(r"[^\W\d]\.\w|\w\.[^\W\d]")
"""As in "shop.example": values of a catalogue may be words of an address."""
_NUMBER: Final = re.compile(r"(?<![\w.,\u2013-])[0-9](?:[0-9.,]*[0-9])?(?!\w)")
_CENT: Final = 0.005


class BrokenRule(StrEnum):
    """Which rule a sentence breaks; the first one that it breaks counts."""

    FORM = "form"
    """It is empty, too long, more than two sentences, or has a character of markup, addresses or control."""
    NUMBER = "number"
    """A number is neither the product's price nor a part of its title or its facts."""
    NAME = "name"
    """It has a title or a value of the catalogue that is not the product's own."""
    WORD = "word"
    """It has another word that the catalogue does not say of the product."""
    NO_FACT = "no_fact"
    """It says nothing of why the product is there."""


def broken_rule(sentence: str, item: Item, catalogue: CatalogueWords) -> BrokenRule | None:
    """Return the rule that a sentence breaks; None if it may be shown.

    The product's title and its facts count as wholes: a part of a title may be another product's, and a part
    of a value may mean something else. What is left beside them has to be the price or a function word.

    Args:
        sentence: A language model's; it may be anything.
        item: The product that it is about.
        catalogue: Its titles and values.
    """
    if not _is_plain(sentence):
        return BrokenRule.FORM
    words = words_of(sentence)
    facts = _occurrences(written_facts(item), words)
    own = [*facts, *_occurrences([item.title] if stands_alone(item.title) else [], words)]
    priced = _price_words(sentence, words, item.price)
    harmless = priced | {index for index, word in enumerate(words) if word.stem in FUNCTION_WORDS}
    left = {*range(len(words))} - harmless - {index for span in own for index in span}
    broken = {
        BrokenRule.NUMBER: any(_has_digit(sentence, words[index]) for index in left),
        BrokenRule.NAME: _names_others(words, own, harmless, catalogue),
        BrokenRule.WORD: bool(left),
        BrokenRule.NO_FACT: not facts,
    }
    return next((rule for rule, is_broken in broken.items() if is_broken), None)


def _is_plain(sentence: str) -> bool:
    ends = len(_SENTENCE_END.findall(sentence.strip()))
    return (
        bool(sentence.strip())
        and len(sentence) <= MAX_LENGTH
        and ends <= MAX_SENTENCES
        and not _ADDRESS.search(sentence)
        and all(character.isalnum() or character in PUNCTUATION for character in sentence)
    )


def _occurrences(phrases: Iterable[str], words: Sequence[Word]) -> list[range]:
    """Return where any of some phrases stands as a whole; words of two of them may be the same."""
    stems = tuple(word.stem for word in words)
    return [
        range(start, start + len(phrase))
        for phrase in dict.fromkeys(map(stems_of, phrases))
        if phrase
        for start in range(len(stems) - len(phrase) + 1)
        if stems[start : start + len(phrase)] == phrase
    ]


def _price_words(sentence: str, words: Sequence[Word], price: float | None) -> set[int]:
    """Return which words write the price: two of them in "24.50"."""
    spans = [
        match.span()
        for match in _NUMBER.finditer(sentence)
        if price is not None and (amount := amount_in(match[0])) is not None and abs(amount - price) < _CENT
    ]
    return {
        index
        for index, word in enumerate(words)
        if any(start <= word.start and word.end <= end for start, end in spans)
    }


def _names_others(
    words: Sequence[Word], own: Sequence[range], harmless: set[int], catalogue: CatalogueWords
) -> bool:
    """Return whether a phrase that the catalogue knows is not within one of the product's own.

    A film called "It" is none that every sentence names.
    """
    return any(
        not harmless.issuperset(phrase.words)
        and not any(span.start <= phrase.words.start and phrase.words.stop <= span.stop for span in own)
        for index in (catalogue.values, catalogue.titles)
        for phrase in index.every(words)
    )


def _has_digit(sentence: str, word: Word) -> bool:
    return any(character.isnumeric() for character in sentence[word.start : word.end])
