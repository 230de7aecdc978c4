"""What a request takes for the price of something that it names: "the Cloud Bed costs 20 euros"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from airloom.assistant.parsing import cues
from airloom.assistant.parsing.parsed_request import ParsedPriceClaim
from airloom.assistant.parsing.price_range import PriceRange, PriceRangePhrase
from airloom.assistant.parsing.request_text import RequestText, TextPhrase

ROUNDED: Final = 0.05
"""How far a price may be from the amount that a request says it is, as a share of it: 19.99 are "20"."""
SUBJECTS: Final = cues.PRONOUNS | {"which"}
"""After a title: what is said next is said of it."""


class TextPriceClaim(NamedTuple):
    """A title, and what it is said to cost."""

    title: TextPhrase
    price: PriceRangePhrase

    def parsed(self, query: str) -> ParsedPriceClaim:
        """Return it in the words of its request."""
        amount, (low, high, currency) = self.price.amount, self.price.price_range
        if amount is not None:
            low, high = amount * (1 - ROUNDED), amount * (1 + ROUNDED)
        text = query[self.price.start : self.price.end].strip()
        return ParsedPriceClaim(self.title.text, text, PriceRange(low, high, currency))


def claims_of_prices(
    text: RequestText, titles: Sequence[TextPhrase], prices: Sequence[PriceRangePhrase]
) -> Iterator[TextPriceClaim]:
    """Yield the titles that are said to cost something: "X costs 20 euros", "I paid 20 euros for X".

    "Something like X that costs 20 euros" says what may be spent, and nothing of X.

    Args:
        text: Without the words of the prices.
        titles: In it.
        prices: Of the request.
    """
    for price in prices:
        at = sum(word.start < price.start for word in text.words)
        for title in titles:
            if _is_said_of(text, title, at) or _is_paid_for(text, title, at):
                yield TextPriceClaim(title, price)
                break


def _is_said_of(text: RequestText, title: TextPhrase, at: int) -> bool:
    """Whether a title and what stands before word `at` is "X costs", "X, which costs" or "X. It costs"."""
    between = tuple(stem for stem in text.stems(range(title.words.stop, at)) if stem not in cues.ADVERBS)
    if between[:1] and between[0] in SUBJECTS:
        clauses = text.clauses[title.words.stop] - text.clauses[title.words.stop - 1]
        return clauses == 1 and between[1:] in cues.PRICE_CLAIMS
    return between in cues.PRICE_CLAIMS


def _is_paid_for(text: RequestText, title: TextPhrase, at: int) -> bool:
    """Whether word `at`, after "I paid", is "for", and then comes a title."""
    between = text.stems(range(at, title.words.start))
    words = [stem for stem in between if stem not in cues.DETERMINERS]
    return words == ["for"] and any(text.stems(range(at - len(cue), at)) == cue for cue in cues.PAID)
