"""Why a product is on a page, in one word: intents that speak for it enough, else the strongest signal."""

from __future__ import annotations

from typing import Final

from airloom.code_with_meaning import CodeWithMeaning


class Cause(CodeWithMeaning):
    """The cause of a reason; its meaning is what it says of a product."""

    INTENTS = "intents", "An intent path of the user's events leads to a category of the product."
    BOUGHT_TOGETHER = (
        "bought_together",
        "Others who touched an object of the user's events chose it too, or what goes with it (item-CF).",
    )
    REPEAT = "repeat", "The user clicked it, put it into the cart or ordered it before."
    TITLE = "title", "Its title is similar to that of an object of the user's events."
    SEQUENCE = "sequence", "The sequence encoder expects it after the user's latest events."
    PRICE = "price", "Its price speaks for it, and is close to that of a product of the user's events."
    POPULARITY = (
        "popularity",
        "It is in the most popular quarter of its category, and not alone there.",
    )
    INFERRED = (
        "inferred",
        "It is like a product that the user may want next, which is inferred and not in the user's log.",
    )
    REMAINING = "remaining", "No signal speaks for it: the other candidates were no better."
    UNEXPLAINED = "unexplained", "The page could not be explained; `degraded` says `explanation`."


SIGNALS: Final = (
    Cause.INTENTS,
    Cause.BOUGHT_TOGETHER,
    Cause.REPEAT,
    Cause.TITLE,
    Cause.SEQUENCE,
    Cause.PRICE,
    Cause.POPULARITY,
    Cause.INFERRED,
)
"""The causes that a ranker measures; the columns of contributions, in order."""
