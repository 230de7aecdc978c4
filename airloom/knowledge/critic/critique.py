"""What the critic makes of claims: some stand, some are struck, each with the reason."""

from __future__ import annotations

from typing import Final, NamedTuple

from airloom.knowledge.claims import Claim, Relation

UNSUPPORTED: Final = "words that neither the texts nor a second agent have"
NOT_IN_SHOP: Final = "no term of this shop"
COMMON: Final = "nearly every product of the shop has it"
REFUSED: Final = "the critic model calls it unsupported"
REASONS: Final = (UNSUPPORTED, NOT_IN_SHOP, COMMON, REFUSED)


class Struck(NamedTuple):
    """A claim that does not stand.

    Attributes:
        relation: What it was about.
        value: What it said.
        source: Who said so.
        reason: One of `REASONS`.
    """

    relation: Relation
    value: str
    source: str
    reason: str


class Critique(NamedTuple):
    """What became of the claims about one product; together they are those that were given, no more.

    Attributes:
        claims: Those that stand, in the order in which they were given.
        struck: The others.
    """

    claims: tuple[Claim, ...]
    struck: tuple[Struck, ...]
