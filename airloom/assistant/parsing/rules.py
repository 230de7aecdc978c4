"""Reads requests by rules: phrases that the catalogue knows, and English words before and after them.

A request in another language still has its values, titles, price range and remaining words; only what cues
say of them (a negation, a comparison) is English.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from airloom.assistant.graph.phrases import Phrase
from airloom.assistant.parsing import cues
from airloom.assistant.parsing.catalogue_words import CatalogueWords
from airloom.assistant.parsing.claims import claims_of_names, claims_of_values, claims_of_verbs
from airloom.assistant.parsing.parsed_request import (
    How,
    ParsedClaim,
    ParsedCondition,
    ParsedPriceClaim,
    ParsedReference,
    ParsedRequest,
)
from airloom.assistant.parsing.price_claims import claims_of_prices
from airloom.assistant.parsing.price_range import (
    PriceRange,
    PriceRangePhrase,
    price_ranges_in,
    spending_limit,
)
from airloom.assistant.parsing.request_text import RequestText, TextPhrase

MIN_TITLE_WORDS: Final = 2
"""A title of one word is one only right after a cue, or in quotation marks: it may be an ordinary word."""


class TextPrices(NamedTuple):
    """What a request says of prices.

    Attributes:
        price_range: What may be spent; None if nothing is said of it.
        claims: What named things are said to cost.
        phrases: That say either.
    """

    price_range: PriceRange | None = None
    claims: tuple[ParsedPriceClaim, ...] = ()
    phrases: tuple[PriceRangePhrase, ...] = ()


class _Read(NamedTuple):
    """A request without the words of some prices: its text, and the values and titles in it."""

    text: RequestText
    values: list[Phrase]
    titles: list[TextPhrase]


class RulesParser:
    """Parses by the values and titles of a catalogue.

    Args:
        words: Of the catalogue.
    """

    def __init__(self, words: CatalogueWords) -> None:
        self._words = words

    def parse(self, query: str) -> ParsedRequest:
        """Return the parts of a request.

        Negated words that the catalogue does not have are conditions, too, so that they are named as unknown.
        """
        phrases_of_prices = price_ranges_in(query)
        read = self._read(query, phrases_of_prices)
        prices = _prices(read, phrases_of_prices)
        if len(prices.phrases) < len(phrases_of_prices):  # a price that says nothing is words like others
            read = self._read(query, prices.phrases)
        text, value_phrases, titles = read
        used = {index for title in titles for index in title.words}
        tiers = _tiers(text, used)
        values = _values_in(text, value_phrases, used)
        phrases = sorted([*titles, *values], key=lambda phrase: phrase.words.start)
        called = self._words.relation_called
        claims = [
            *claims_of_values(text, phrases),
            *claims_of_names(text, titles, called),
            *claims_of_verbs(text, titles, [value.words for value in values], called),
        ]
        claimed = {index for claim in claims for index in claim.value}
        used |= claimed
        beside = [value for value in values if text.is_beside(value.words.start)]
        wanted = [value for value in values if not claimed & {*value.words} and value not in beside]
        # of "my red tent" the tent is beside; that it is red says nothing of what goes with it
        starts = {value.words.start for value in beside}
        others = [value for value in beside if value.words.stop not in starts]
        conditions = _conditions(text, wanted, used)
        references = _references(text, titles, used)
        return ParsedRequest(
            (*conditions, *tiers),
            prices.price_range,
            (*references, *(ParsedReference(value.text, How.GOES_WITH) for value in others)),
            tuple(
                ParsedClaim(claim.title.text, text.written(claim.value), claim.relation) for claim in claims
            ),
            text.in_common(used, called) if titles else None,
            tuple(text.rest(used)),
            prices.claims,
        )

    def prices(self, query: str) -> TextPrices:
        """Return only what a request says of prices."""
        phrases = price_ranges_in(query)
        return _prices(self._read(query, phrases), phrases) if phrases else TextPrices()

    def _read(self, query: str, prices: Sequence[PriceRangePhrase]) -> _Read:
        text = RequestText.of(query, prices)
        values = self._words.values.find(text.words)
        return _Read(text, values, self._titles_in(text, {phrase.words for phrase in values}))

    def _titles_in(self, text: RequestText, values: set[range]) -> list[TextPhrase]:
        return [
            TextPhrase(phrase.words, text.written(phrase.words), is_title=True)
            for phrase in self._words.titles.find(text.words)
            if text.is_quoted(phrase.words)
            or (
                phrase.words not in values
                and (text.counts(phrase.words) >= MIN_TITLE_WORDS or text.is_named(phrase.words))
            )
        ]


def _prices(read: _Read, phrases: Sequence[PriceRangePhrase]) -> TextPrices:
    """Return what phrases of prices say; `read` is without the words of all of them."""
    claims = list(claims_of_prices(read.text, read.titles, phrases))
    claimed = [claim.price for claim in claims]
    limit = spending_limit([phrase for phrase in phrases if phrase not in claimed])
    return TextPrices(
        None if limit is None else limit.price_range,
        tuple(claim.parsed(read.text.query) for claim in claims),
        (*claimed, *(() if limit is None else limit.phrases)),
    )


def _values_in(text: RequestText, phrases: Sequence[Phrase], used: set[int]) -> list[TextPhrase]:
    """Return the values of words that are not used yet, and note them as used.

    A word of every request is none, even if a title has it and a rules card took it for a feature.
    """
    values = [
        TextPhrase(phrase.words, text.written(phrase.words), is_title=False)
        for phrase in phrases
        if not used.intersection(phrase.words) and text.tells(phrase.words)
    ]
    used.update(index for value in values for index in value.words)
    return values


def _conditions(text: RequestText, values: Sequence[TextPhrase], used: set[int]) -> list[ParsedCondition]:
    """Return a condition for each value, and for what is negated and no value.

    Values with nothing but "or" between them are one condition. So are neighbors that one word negates: "not
    another chalk bag" says nothing of other bags.
    """
    conditions: list[ParsedCondition] = []
    words = range(0)
    negation: range | None = None
    parts = [*values, *text.negated_rest(used)]
    for part in sorted(parts, key=lambda part: part.words.start):
        before, negation = negation, text.negation(part.words.start, used)
        last = conditions[-1] if conditions else None
        if last and text.stems(range(words.stop, part.words.start)) == ("or",):
            conditions[-1] = last._replace(alternatives=(*last.alternatives, part.text))
            words = part.words
        elif last and negation is not None and negation == before and part.words.start == words.stop:
            words = range(words.start, part.words.stop)
            *others, _ = (last.text, *last.alternatives)
            first, *alternatives = (*others, text.written(words))
            conditions[-1] = ParsedCondition(first, negated=True, alternatives=tuple(alternatives))
        else:
            conditions.append(ParsedCondition(part.text, negation is not None))
            words = part.words
    return conditions


def _tiers(text: RequestText, used: set[int]) -> list[ParsedCondition]:
    """Return the tiers of prices that words ask for, and note these words as used.

    So is what negates them: "no cheap mug" is a mug.
    """
    comparisons = (cues.CHEAPER, cues.DEARER, cues.REFERENCES[How.CHEAPER], cues.REFERENCES[How.DEARER])
    compared = {index for phrases in comparisons for words in text.find(phrases, used) for index in words}
    tiers = []
    for tier, phrases in cues.TIERS.items():
        for words in list(text.find(phrases, used | compared)):
            negation = text.negation(words.start, used)
            tiers.append(ParsedCondition(tier, negated=negation is not None))
            used.update((*words, *(negation or ())))
    return tiers


def _references(text: RequestText, titles: Sequence[TextPhrase], used: set[int]) -> list[ParsedReference]:
    """Return what is wanted with each title: as a cue before it says, or "it" or "but cheaper" after it.

    The words after it are noted as used.
    """
    references = []
    for number, title in enumerate(titles):
        how = text.cue_of_reference(title.words.start)
        end = titles[number + 1].words.start if number + 1 < len(titles) else len(text.words)
        if how is None and (words := text.goes_with_it(range(title.words.stop, end))):
            how = How.GOES_WITH
            used.update(words)
        how = how or How.LIKE
        for compared, phrases in ((How.CHEAPER, cues.CHEAPER), (How.DEARER, cues.DEARER)):
            for words in list(text.find(phrases, used)):
                if how is How.LIKE and title.words.stop <= words.start < end:
                    how = compared
                    used.update(words)
        references.append(ParsedReference(title.text, how))
    return references
