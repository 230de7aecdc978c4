"""Words of sampled requests; the reading of each is known, as it was made from the same parts."""

from __future__ import annotations

from typing import Final

EXPLICIT: Final = (
    "I am looking for {wanted}",
    "{wanted}, please",
    "show me {wanted}",
    "do you have {wanted}?",
    "my sister wants {wanted} for her birthday",
)
"""Of requests that state conditions."""
KIND_WITH: Final = ("{kind}, {values}", "{kind} that are {values}", "{kind} in {values}")
UNDER: Final = (" under {price}", " for less than {price}", ", at most {price}")
WITHOUT: Final = (", but not {value}", ", nothing with {value}", " without {value}")
SAME_BRAND: Final = (
    "something by the maker of {title}",
    "what else is there from the maker of {title}?",
    "I love {title}, show me more from the same brand as {title}",
)
"""Of requests through a bridge item."""
LIKE_CHEAPER: Final = (
    "something like {title} but cheaper",
    "is there anything like {title}, but less expensive?",
)
OF_ANOTHER_MAKER: Final = (
    "I love {title} by {wrong}, something by the maker of {title}",
    "since {title} by {wrong} was so good: what is there from the maker of {title}?",
)
"""Of requests with a false premise: `wrong` is not the maker."""
TAKEN_FOR_ANOTHER_KIND: Final = (
    "I saw {title} from {wrong}, is there something like {title} but cheaper?",
    "{title} from {wrong} costs too much, what is like {title} but less expensive?",
)
"""`wrong` is not the kind of thing."""
