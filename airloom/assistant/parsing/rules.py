"""Reads requests by rules: phrases that the catalogue knows, and English words before and after them.

A request in another language still has its values, titles, price range and remaining words; only what cues
say of them (a negation, a comparison) is English.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from airloom.assistant.graph.phrases import PhraseIndex
from airloom.assistant.parsing import cues
from airloom.assistant.parsing.parsed_request import (
    How,
    ParsedClaim,
    ParsedCondition,
    ParsedReference,
    ParsedRequest,
)
from airloom.assistant.parsing.price_range import price_range_in
from airloom.assistant.parsing.request_text import RequestText

MIN_TITLE_WORDS: Final = 2
"""A title of one word is one only right after a cue, or in quotation marks: it may be an ordinary word."""


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
        text = RequestText.of(query, price)
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

    def _titles_in(self, text: RequestText) -> list[_TextPhrase]:
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

    def _values_in(self, text: RequestText, used: set[int]) -> list[_TextPhrase]:
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


def _conditions(text: RequestText, values: Sequence[_TextPhrase], used: set[int]) -> list[ParsedCondition]:
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


def _claims(text: RequestText, phrases: Sequence[_TextPhrase]) -> Iterator[tuple[_TextPhrase, _TextPhrase]]:
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


def _tiers(text: RequestText, used: set[int]) -> list[ParsedCondition]:
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


def _references(text: RequestText, titles: Sequence[_TextPhrase], used: set[int]) -> list[ParsedReference]:
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
