"""What a request may cost: amounts with a bound or a currency, in the words of its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

ABOUT: Final = 0.25
"""How far a price may be from an amount that is "about" right, as a share of it."""

_CURRENCIES: Final = {
    "EUR": ("€", "eur", "euro", "euros"),
    "USD": ("$", "usd", "dollar", "dollars", "buck", "bucks"),
    "GBP": ("£", "gbp", "pound", "pounds", "quid"),
    "JPY": ("jpy", "yen"),
    "CNY": ("cny", "rmb", "yuan", "renminbi"),
}
_CODES: Final = {word: code for code, words in _CURRENCIES.items() for word in words}
_WORDS: Final = "|".join(
    sorted((re.escape(word) for word in _CODES if word.isalpha()), key=len, reverse=True)
)
_AMOUNT: Final = (
    r"(?P<sign{n}>[€$£])?\s?(?P<number{n}>\d[\d.,]*\d|\d)(?![.,]?\d)"
    rf"\s?(?P<unit{{n}}>[€$£]|(?:{_WORDS})\b)?"
)
_NO_PRICE: Final = (
    r"(?!\s?(?:%|°|mm|cm|m|km|kg|g|mg|lb|lbs|oz|ml|l|liters?|litres?|inch|inches|in|ft|feet|gb|tb|mb|mah|w|v|"
    r"hours?|days?|weeks?|months?|years?|pieces?|packs?|people|persons?|stars?)\b)"
)
_HIGH: Final = (
    r"under|below|less than|at most|not more than|no more than|not over|up to|max(?:imum)?(?: of)?|"
    r"cheaper than|within|(?:budget|limit)(?: of| is|:)|spend|for under"
)
_LOW: Final = r"over|above|more than|at least|min(?:imum)?(?: of)?|starting at"
_HIGH_AFTER: Final = r"at most|max(?:imum)?|or less|or under|tops|left|limit"
_LOW_AFTER: Final = r"or more|at least|min(?:imum)?|and up"
_AROUND: Final = r"around|about|roughly|approximately|approx\.?|circa|ca\.?"

_RANGE: Final = re.compile(
    rf"(?P<between>between|from)?\s*{_AMOUNT.format(n=1)}\s?(?:-|–|to|and)\s?{_AMOUNT.format(n=2)}{_NO_PRICE}",
    re.IGNORECASE,
)
_BOUND: Final = re.compile(
    rf"(?:\b(?:(?P<high>{_HIGH})|(?P<low>{_LOW})|(?P<around>{_AROUND}))\s+)?{_AMOUNT.format(n=1)}{_NO_PRICE}"
    rf"(?:\s?(?:(?P<most>{_HIGH_AFTER})|(?P<least>{_LOW_AFTER}))\b)?",
    re.IGNORECASE,
)


class PriceRange(NamedTuple):
    """What a product may cost.

    Attributes:
        low: The least, in the shop's currency; None for no bound.
        high: The most.
        currency: The code that the request names; None if it names none.
    """

    low: float | None = None
    high: float | None = None
    currency: str | None = None


class PriceRangePhrase(NamedTuple):
    """A price range and where a text says it.

    Attributes:
        price_range: What it says.
        start: Its first character.
        end: The one after its last.
        amount: The amount, if it is named without a bound and without "about"; None otherwise.
    """

    price_range: PriceRange
    start: int
    end: int
    amount: float | None = None


class SpendingLimit(NamedTuple):
    """What may be spent, and the phrases that say it."""

    price_range: PriceRange
    phrases: tuple[PriceRangePhrase, ...]


def price_ranges_in(text: str) -> list[PriceRangePhrase]:
    """Return the price ranges of a text, those with both bounds first, no two of the same characters.

    A number is one only with a bound ("under 40") or a currency, and never with a unit ("under 40 cm").

    >>> [phrase.price_range for phrase in price_ranges_in("a quiet gift, under 40 euros")]
    [PriceRange(low=None, high=40.0, currency='EUR')]
    >>> [phrase.price_range for phrase in price_ranges_in("between $1,000 and $1,500")]
    [PriceRange(low=1000.0, high=1500.0, currency='USD')]
    >>> [phrase.price_range for phrase in price_ranges_in("it costs 20 euros, and I have $15 left")]
    [PriceRange(low=15.0, high=25.0, currency='EUR'), PriceRange(low=None, high=15.0, currency='USD')]
    >>> price_ranges_in("a rope of 40 m")
    []
    """
    ranges = list(_ranges_in(text))
    bounds = (
        bound
        for bound in _bounds_in(text)
        if all(bound.end <= taken.start or bound.start >= taken.end for taken in ranges)
    )
    return [*ranges, *bounds]


def spending_limit(prices: Sequence[PriceRangePhrase]) -> SpendingLimit | None:
    """Return what may be spent: the first range, with the bound that it leaves open if another one has it.

    >>> spending_limit(price_ranges_in("at least 20 euros and at most 40, not over 35")).price_range
    PriceRange(low=20.0, high=40.0, currency='EUR')
    """
    if not prices:
        return None
    first, *others = prices
    for other in others:
        if both := _completed(first.price_range, other.price_range):
            return SpendingLimit(both, (first, other))
    return SpendingLimit(first.price_range, (first,))


def _completed(one: PriceRange, other: PriceRange) -> PriceRange | None:
    """Return a range with one bound of each; None if they have the same one, or do not fit together."""
    lows = [low for low in (one.low, other.low) if low is not None]
    highs = [high for high in (one.high, other.high) if high is not None]
    currencies = {currency for currency in (one.currency, other.currency) if currency}
    if len(lows) != 1 or len(highs) != 1 or lows > highs or len(currencies) > 1:
        return None
    return PriceRange(lows[0], highs[0], next(iter(currencies), None))


def _ranges_in(text: str) -> Iterator[PriceRangePhrase]:
    for match in _RANGE.finditer(text):
        currency = _currency(match, 1) or _currency(match, 2)
        low, high = amount_in(match["number1"]), amount_in(match["number2"])
        if low is not None and high is not None and (currency or match["between"]) and low <= high:
            yield PriceRangePhrase(PriceRange(low, high, currency), match.start(), match.end())


def _bounds_in(text: str) -> Iterator[PriceRangePhrase]:
    for match in _BOUND.finditer(text):
        currency, amount = _currency(match, 1), amount_in(match["number1"])
        if amount is None or not (currency or match["high"] or match["low"]):
            continue
        named = None
        if match["low"] or (match["least"] and not match["high"]):
            price_range = PriceRange(low=amount, currency=currency)
        elif match["around"] or not (match["high"] or match["most"]):
            price_range = PriceRange(amount * (1 - ABOUT), amount * (1 + ABOUT), currency)
            named = None if match["around"] else amount
        else:
            price_range = PriceRange(high=amount, currency=currency)
        yield PriceRangePhrase(price_range, match.start(), match.end(), named)


def _currency(match: re.Match[str], number: int) -> str | None:
    word = match[f"sign{number}"] or match[f"unit{number}"]
    return _CODES[word.lower()] if word else None


def amount_in(text: str) -> float | None:
    """Return the amount of `1,000.50`, `1.000,50`, `40,5` or `40`; None of what is no amount.

    A sign before three last digits divides thousands.

    >>> [amount_in(text) for text in ("1,000.50", "1.000,50", "40,5", "1.000", "1.2.3")]
    [1000.5, 1000.5, 40.5, 1000.0, None]
    """
    signs = [sign for sign in text if sign in ".,"]
    if not signs:
        return float(text)
    last = signs[-1]
    thousands = len(text) - text.rindex(last) == 4 and len(set(signs)) == 1
    point = "" if thousands else last
    if not point and any(len(part) != 3 for part in text.split(last)[1:]):
        return None
    if point and signs.count(point) > 1:
        return None
    plain = "".join(point and "." if sign == point else "" if sign in ".," else sign for sign in text)
    return float(plain)
