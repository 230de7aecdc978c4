"""English words of a request that say what the words after them are: negations, comparisons, fillers."""

from __future__ import annotations

from typing import Final

from airloom.assistant.graph.words import stems_of
from airloom.assistant.parsing.parsed_request import How


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    """Return phrases that are divided by semicolons as stems, the longest first."""
    return tuple(sorted(map(stems_of, text.split(";")), key=len, reverse=True))


NEGATIONS: Final = _phrases(
    "not; no; without; except; except for; avoid; never; excluding; anything but; other than; "
    "nothing; don't want; do not want; don't like; do not like; hate; hates; neither; nor; isn't; is "
    "not; aren't; allergic to; free of"
)
REFERENCES: Final = {
    How.CHEAPER: _phrases("cheaper than; less expensive than; costs less than; cheaper alternative to"),
    How.DEARER: _phrases(
        "more expensive than; dearer than; an upgrade of; an upgrade to; upgrade from; better than"
    ),
    How.SAME_BRAND: _phrases(
        "by the maker of; by the makers of; from the maker of; from the makers of; by the brand of; "
        "same brand as; same maker as; by whoever makes; from the brand of; by the manufacturer of"
    ),
    How.GOES_WITH: _phrases(
        "goes with; go with; going with; to go with; fits; fit; matches; matching; for my; with my; "
        "accessory for; accessories for; compatible with; besides; together with; complements"
    ),
    How.WATCHED: _phrases(
        "watched; just watched; have watched; watching; saw; seen; have seen; after watching; read; "
        "after reading; enjoyed; liked"
    ),
    How.LIKE: _phrases("like; similar to; such as; as good as; alternative to; in the style of; reminds of"),
    How.NOT: _phrases(
        "not another; not the; not; instead of; other than; except; without; but not; already have"
    ),
}
"""Before a title; of the cues that fit, the longest counts."""
CLAIMS: Final = _phrases(
    "by; from; made by; directed by; starring; made of; written by; from the brand; of the brand; under; "
    "listed under; filed under; sold under; listed as; sold as"
)
"""Between a title and a value: the request takes it for a fact that the thing has the value."""
APPOSITIONS: Final = _phrases("one of; also one of; which is one of")
"""Likewise, also after a comma: "X, one of your tents"."""
CLAIM_VERBS: Final = tuple(
    (phrase, relation)
    for relation, phrases in (
        ("starring", _phrases("starred in; stars in; star in; acted in; acts in; played in; appeared in")),
        ("director", _phrases("directed")),
        ("author", _phrases("wrote")),
        ("producer", _phrases("produced")),
        ("composer", _phrases("composed")),
        ("maker", _phrases("made; makes")),
    )
    for phrase in phrases
)
"""Between a name and what it is taken for a fact of, with a word for the relation: "X starred in it"."""
PRICE_CLAIMS: Final = _phrases(
    "is; was; costs; used to cost; went for; goes for; go for; sells for; sold for; sells at; sold at; "
    "priced at; is priced at; was priced at; listed at; is listed at"
)
"""Between a title and an amount: the request takes it for the price of the thing."""
PAID: Final = _phrases("paid; spent")
"""Before an amount, with "for" and a title after it: likewise."""
ADVERBS: Final = frozenset(stems_of("only just still now currently once"))
"""They may stand before an amount, and change nothing."""
PRONOUNS: Final = frozenset(stems_of("it this that them both these those there"))
"""What was named before."""
TIERS: Final = {
    "budget": _phrases(
        "cheap; inexpensive; affordable; low cost; low price; not expensive; not too expensive"
    ),
    "premium": _phrases("premium; luxury; luxurious; high end; expensive; exclusive; top quality"),
}
"""Words for the tiers of prices, `airloom.knowledge.claims.PRICE_TIERS`."""
IN_COMMON: Final = _phrases("same; both; in common; these two; those two")
"""After titles: a product is to share something with all of them."""
NOT_THE_SAME: Final = frozenset(stems_of("different other another any some whatever new choose which what"))
"""Before the word for a relation: nothing is to be shared in it."""
DETERMINERS: Final = frozenset(stems_of("a an the my your our this that these those"))
CHEAPER: Final = _phrases("cheaper; less expensive; at a lower price; for less")
DEARER: Final = _phrases("more expensive; better; of higher quality; dearer")
FILLERS: Final = frozenset(
    stems_of(
        "a actually additionally also an and any anything appreciate are as ask asked at be because been "
        "begun believe best but buy by came can choose come could curious did do does done each eager else "
        "enjoy especially feel find for found from get getting gift give good got great had has have he "
        "he's heard help her him his how i i'd i'll i'm i've ideally if im impressed in interested into is "
        "it it's its just kind know lately let like look looking maybe me might more most much my need "
        "needs new nice now of often on one only or our out particularly people perhaps person please "
        "possible possibly prefer preferably present probably quite rather really recently recommend "
        "recommendation said say says search see seem she she's should show since so some somebody someone "
        "something sort specifically spend still stuff suggest suggestion tell than that that's the their "
        "them there there's these they thing things think this those though to told too truly try trying "
        "under up us use various very want wants was we well were what when where which who will wish with "
        "would yet you you'd your"
    )
)
"""Words that say nothing about a product."""

CONJUNCTIONS: Final = frozenset(("and", "or", "nor"))
CUE_WORDS: Final = (
    frozenset(
        stem
        for phrases in (
            NEGATIONS,
            *REFERENCES.values(),
            CLAIMS,
            PRICE_CLAIMS,
            PAID,
            CHEAPER,
            DEARER,
            IN_COMMON,
        )
        for phrase in phrases
        for stem in phrase
    )
    | CONJUNCTIONS
)
"""Words of cues, which say nothing about a product by themselves."""
