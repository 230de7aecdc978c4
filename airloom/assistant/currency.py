"""A price range of a request in the shop's currency: other currencies are converted, or said to be others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from airloom.assistant.parsing.price_range import PriceRange
from airloom.assistant.understood import Correction, CurrencyConversion

NO_RATES: Final[Mapping[str, float]] = {}


def conversion_of(
    asked: PriceRange | None, shop: str, rates: Mapping[str, float]
) -> CurrencyConversion | None:
    """Return what becomes of a range's currency; None where it names none, or the shop's.

    Args:
        asked: In the currency that it names.
        shop: The code of the shop's currency; empty if nobody knows it, and then amounts are taken as they
            are.
        rates: What one unit of other currencies is in the shop's, by code.
    """
    if asked is None or not asked.currency or not shop or asked.currency == shop:
        return None
    return CurrencyConversion(asked.currency, shop, rates.get(asked.currency))


def converted(asked: PriceRange, conversion: CurrencyConversion | None) -> PriceRange:
    """Return a range in the shop's currency; without a conversion or a rate its amounts as they are."""
    if conversion is None:
        return asked
    rate = 1.0 if conversion.rate is None else conversion.rate
    low, high = (None if amount is None else round(amount * rate, 2) for amount in asked[:2])
    return PriceRange(low, high, asked.currency)


def without_rate(conversion: CurrencyConversion) -> Correction:
    """Return that amounts of another currency were taken for the shop's."""
    return Correction(
        f"prices in {conversion.currency}",
        f"prices are in {conversion.shop}, and no rate is known: the amount was taken as {conversion.shop}",
    )
