"""Why a product is on a page, in one word: the intents where they speak for it, else the strongest signal."""

from __future__ import annotations

from typing import Final

from airloom.code_with_meaning import CodeWithMeaning


class Cause(CodeWithMeaning):
    """The cause of a reason; its meaning is what it says of a product."""

    INTENTS = "intents", "An intent path of the user's events leads to a category of the product."
    BOUGHT_TOGETHER = (
        "bought_together",
        "Other users bought it together with an object of the user's events (item-CF).",
    )
    REPEAT = "repeat", "The user clicked it, put it into the cart or ordered it before."
    TITLE = "title", "Its title is similar to that of an object of the user's events."
    SEQUENCE = "sequence", "The sequence encoder expects it after the user's latest events."
    PRICE = "price", "Its price is close to what the user usually looks at."
    POPULARITY = "popularity", "Many users clicked and bought it."
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
)
"""The causes that a ranker measures; the columns of contributions, in order."""
