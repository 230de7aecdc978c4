"""Reads requests by rules: phrases that the catalogue knows, and English words before and after them.

A request in another language still has its values, titles, price range and remaining words; only what cues
say of them (a negation, a comparison) is English.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from airloom.assistant.graph.phrases import PhraseIndex
from airloom.assistant.graph.words import Word, words_of
from airloom.assistant.parsing import cues
from airloom.assistant.parsing.parsed_request import (
    How,
    ParsedClaim,
    ParsedCondition,
    ParsedReference,
    ParsedRequest,
)
from airloom.assistant.parsing.price_range import PriceRangePhrase, price_range_in

BOUNDARIES: Final = frozenset(",.;:!?()\n")
"""Characters at which a clause ends, and with it what a negation is about."""
MAX_CUE_DISTANCE: Final = 3
"""Words between a cue and the title or value that it is about, such as "the" and "old"."""
MIN_TITLE_WORDS: Final = 2
"""A title of one word is one only right after a cue, or in quotation marks: it may be an ordinary word."""
_YEAR: Final = re.compile(r"\(\d{4}\)")
"""After a name it is a part of the name, as in "Little Women (1994)"."""
QUOTES: Final = "\"'“”„«»‘’「」『』"


class _TextPhrase(NamedTuple):
    """A phrase of the text: which of its words, and whether it is a title."""

    words: range
    text: str
    is_title: bool


class RulesParser:
    """Parses by the values and titles of a catalogue.

    Args:
        values: Phrases of the values of the graph.
        titles: Phrases of the titles.
    """

    def __init__(self, values: PhraseIndex, titles: PhraseIndex) -> None:
        self._values, self._titles = values, titles

    def parse(self, query: str) -> ParsedRequest:
        """Return the parts of a request."""
        price = price_range_in(query)
        text = _Text.of(query, price)
        titles = self._titles_in(text)
        used = {index for title in titles for index in title.words}
        tiers = _tiers(text, used)
        values = self._values_in(text, used)
        claims = list(_claims(text, sorted([*titles, *values], key=lambda phrase: phrase.words.start)))
        claimed = {value.words for _, value in claims}
        others = [value for value in values if text.cue_of_reference(value.words.start) is How.GOES_WITH]
        wanted = [value for value in values if value.words not in claimed and value not in others]
        conditions = _conditions(text, wanted, used)
        references = _references(text, titles, used)
        return ParsedRequest(
            (*conditions, *tiers),
            None if price is None else price.price_range,
            (*references, *(ParsedReference(value.text, How.GOES_WITH) for value in others)),
            tuple(ParsedClaim(title.text, value.text) for title, value in claims),
            text.in_common(used) if titles else None,
            tuple(text.rest(used)),
        )

    def _titles_in(self, text: _Text) -> list[_TextPhrase]:
        values = {phrase.words for phrase in self._values.find(text.words)}
        return [
            _TextPhrase(phrase.words, text.written(phrase.words), is_title=True)
            for phrase in self._titles.find(text.words)
            if text.is_quoted(phrase.words)
            or (
                phrase.words not in values
                and (text.counts(phrase.words) >= MIN_TITLE_WORDS or text.is_named(phrase.words.start))
            )
        ]

    def _values_in(self, text: _Text, used: set[int]) -> list[_TextPhrase]:
        """Return the values of words that are not used yet, and note them as used.

        A word of every request is none, even if a title has it and a rules card took it for a feature.
        """
        values = [
            _TextPhrase(phrase.words, text.written(phrase.words), is_title=False)
            for phrase in self._values.find(text.words)
            if not used.intersection(phrase.words) and text.tells(phrase.words)
        ]
        used.update(index for value in values for index in value.words)
        return values


class _Text(NamedTuple):
    """A request's words without those of its price range and of years after names, and their clauses."""

    query: str
    words: list[Word]
    clauses: list[int]

    @classmethod
    def of(cls, query: str, price: PriceRangePhrase | None) -> _Text:
        years = [match.span() for match in _YEAR.finditer(query)]
        spans = [*years, *([] if price is None else [(price.start, price.end)])]
        words = [
            word
            for word in words_of(query)
            if all(word.end <= start or word.start >= end for start, end in spans)
        ]
        clauses, clause, end = [], 0, 0
        for word in words:
            clause += bool(BOUNDARIES.intersection(query[end : word.start])) or word.stem == "but"
            clauses.append(clause)
            end = word.end
        return cls(query, words, clauses)

    def written(self, words: range) -> str:
        return self.query[self.words[words.start].start : self.words[words.stop - 1].end]

    def stems(self, words: range) -> tuple[str, ...]:
        return tuple(self.words[index].stem for index in words)

    def is_quoted(self, words: range) -> bool:
        start, end = self.words[words.start].start, self.words[words.stop - 1].end
        before, after = self.query[max(start - 1, 0) : start], self.query[end : end + 1]
        return bool(before and after) and before in QUOTES and after in QUOTES

    def negation(self, start: int, used: set[int]) -> range | None:
        """Return the words that negate what begins at a word: of its clause, close, not used for anything."""
        distance = 0
        for end in range(start, 0, -1):
            if self.clauses[end - 1] != self.clauses[start]:
                return None
            for cue in cues.NEGATIONS:
                if end - 1 not in used and self._ends_with(end, cue):
                    return range(end - len(cue), end)
            distance += end - 1 not in used and self.words[end - 1].stem not in cues.CONJUNCTIONS
            if distance > MAX_CUE_DISTANCE:
                return None
        return None

    def cue_of_reference(self, start: int) -> How | None:
        """Return what is wanted with the title that begins at a word; None without a cue before it."""
        best: tuple[int, int, How] | None = None
        for end in range(start, max(start - MAX_CUE_DISTANCE, 0) - 1, -1):
            if end and self.clauses[end - 1] != self.clauses[start]:
                break
            for how, phrases in cues.REFERENCES.items():
                for cue in phrases:
                    if self._ends_with(end, cue) and (best is None or len(cue) > best[0]):
                        best = (len(cue), end, how)
        return None if best is None else best[2]

    def counts(self, words: range) -> int:
        """Return how many of some words are no articles."""
        return sum(stem not in cues.DETERMINERS for stem in self.stems(words))

    def is_named(self, start: int) -> bool:
        """Whether a cue of a reference stands right before a word, but for an article.

        A word before a capital is a part of a longer name, which the catalogue does not have.
        """
        if start + 1 < len(self.words) and self.clauses[start] == self.clauses[start + 1]:
            following = self.words[start + 1]
            if self.query[following.start].isupper() and self.query[self.words[start].start].isupper():
                return False
        while start and self.words[start - 1].stem in cues.DETERMINERS:
            start -= 1
        return any(self._ends_with(start, cue) for phrases in cues.REFERENCES.values() for cue in phrases)

    def in_common(self, used: set[int]) -> str | None:
        """Return the word after the first "same", empty if only the like is said; None if nothing is."""
        cue_words = list(self.find(cues.IN_COMMON, used))
        same = [words.stop for words in cue_words if self.stems(words) == ("same",)]
        named = [self.words[index].stem for index in same if index < len(self.words)]
        return (named or [""])[0] if cue_words else None

    def find(self, phrases: Sequence[tuple[str, ...]], used: set[int]) -> Iterator[range]:
        """Yield the words of each of some phrases, where they are not used for anything else."""
        for start in range(len(self.words)):
            for phrase in phrases:
                words = range(start, start + len(phrase))
                fits = words.stop <= len(self.words) and self.stems(words) == phrase
                if fits and not used.intersection(words):
                    yield words
                    break

    def tells(self, words: range) -> bool:
        """Whether any of some words may say something about a product."""
        return not {*self.stems(words)} <= cues.FILLERS | cues.CUE_WORDS

    def rest(self, used: set[int]) -> list[str]:
        """Return the words that are not used and may say something about a product."""
        return [
            word.stem
            for index, word in enumerate(self.words)
            if index not in used and self.tells(range(index, index + 1))
        ]

    def _ends_with(self, end: int, cue: tuple[str, ...]) -> bool:
        return end >= len(cue) and self.stems(range(end - len(cue), end)) == cue


def _conditions(text: _Text, values: Sequence[_TextPhrase], used: set[int]) -> list[ParsedCondition]:
    """Return a condition for each value; values with nothing but "or" between them are one condition."""
    conditions: list[ParsedCondition] = []
    end = -1
    for value in values:
        if conditions and text.stems(range(end, value.words.start)) == ("or",):
            last = conditions[-1]
            conditions[-1] = last._replace(alternatives=(*last.alternatives, value.text))
        else:
            negated = text.negation(value.words.start, used) is not None
            conditions.append(ParsedCondition(value.text, negated))
        end = value.words.stop
    return conditions


def _claims(text: _Text, phrases: Sequence[_TextPhrase]) -> Iterator[tuple[_TextPhrase, _TextPhrase]]:
    """Yield each title with the value that the request takes for its own: "X by Y", "Y's X"."""
    for first, second in itertools.pairwise(phrases):
        between = tuple(
            stem
            for stem in text.stems(range(first.words.stop, second.words.start))
            if stem not in cues.DETERMINERS
        )
        is_one_clause = text.clauses[first.words.stop - 1] == text.clauses[second.words.start]
        if first.is_title and not second.is_title and is_one_clause and between in cues.CLAIMS:
            yield first, second
        owner = text.words[first.words.stop - 1]
        possessive = text.query[owner.end - 2 : owner.end] in ("'s", "\u2019s")
        if second.is_title and not first.is_title and not between and possessive:
            yield second, first


def _tiers(text: _Text, used: set[int]) -> list[ParsedCondition]:
    """Return the tiers of prices that words ask for, and note these words as used.

    So is what negates them: "no cheap mug" is a mug.
    """
    tiers = []
    for tier, phrases in cues.TIERS.items():
        for words in list(text.find(phrases, used)):
            negation = text.negation(words.start, used)
            tiers.append(ParsedCondition(tier, negated=negation is not None))
            used.update((*words, *(negation or ())))
    return tiers


def _references(text: _Text, titles: Sequence[_TextPhrase], used: set[int]) -> list[ParsedReference]:
    """Return what is wanted with each title; "but cheaper" after it counts too, and is noted as used."""
    references = []
    for number, title in enumerate(titles):
        how = text.cue_of_reference(title.words.start) or How.LIKE
        end = titles[number + 1].words.start if number + 1 < len(titles) else len(text.words)
        for compared, phrases in ((How.CHEAPER, cues.CHEAPER), (How.DEARER, cues.DEARER)):
            for words in list(text.find(phrases, used)):
                if how is How.LIKE and title.words.stop <= words.start < end:
                    how = compared
                    used.update(words)
        references.append(ParsedReference(title.text, how))
    return references
