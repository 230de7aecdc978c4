"""What shoppers of the sample world say, in plain words.

The sentences are not those that fine-tuning makes requests of (`airloom.assistant.rft.templates`): a model
that has learned these would be judged by sentences that it knows by heart. Nor are they made of the cues that
rules look for ("like", "cheaper than", "watched", "by the maker of"): who reads them has to read what is
meant. `life` is the description of a lifestyle, `leaf` a category of the shop, `title` a product or video,
`price` an amount of dollars.
"""

from __future__ import annotations

from typing import Final

NEED: Final = (
    "My days right now: {life}. What is still missing is {leaf}.",
    "{life}, that's me. Could you help me pick {leaf}?",
    "We got into {life} this spring and somebody has to bring {leaf}.",
    "For {life} I'm after {leaf}.",
)
"""The kind of product is named."""
NEED_WITHIN: Final = (
    "My days right now: {life}. What is still missing is {leaf}, and there are {price} dollars left for it.",
    "{life}, that's me. Could you help me pick {leaf}? Please stay within {price} dollars.",
    "For {life} I'm after {leaf}. My limit is {price} dollars.",
)
"""With what may be spent."""
LIFE: Final = (
    "{life}: what would make this easier for me?",
    "My brother's new thing is {life}. What would he be happy to unwrap?",
    "Starting from zero with {life}. What do I buy first?",
)
"""Through the need: no kind of product is named."""
VIDEO: Final = (
    "That clip “{title}” got me hooked. What do people into this end up buying?",
    "“{title}” is all I have had in my head since last night. I want to start too, what do I get?",
)
"""Through a video."""
SMALLER_PRICE: Final = (
    "“{title}” is over my head money-wise. Is there one with a smaller price tag that does the same job?",
    "My sister has “{title}”. I'd take the same sort of thing for a lower sum.",
)
"""Through a product: the same kind for less."""
COMPLETES: Final = (
    "“{title}” arrived yesterday, for {life}. Which other things complete the set?",
    "I've got “{title}” already. With {life} ahead of me, what else belongs in my basket?",
)
"""Through a product: other kinds that the same life needs."""
WRONG_KIND: Final = (
    "You have “{title}” under {leaf}, right? I want another one of its kind, {price} dollars at most.",
    "A friend praised “{title}”, one of your {leaf}. Which others of that kind stay within {price} dollars?",
)
"""`leaf` is not the category of the product."""
WRONG_PRICE: Final = (
    "“{title}” went for {price} dollars the other day. I want that sort of thing for a lower sum.",
    "I was told “{title}” costs {price} dollars. Show me the same sort of thing with a smaller price tag.",
)
"""`price` is not the price of the product."""
