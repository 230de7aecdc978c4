"""Which relations say what: about the product or other things, as a fact or as a hint."""

from __future__ import annotations

from typing import Final

from airloom.knowledge.claims import Relation
from airloom.knowledge.edges import CATEGORY

OF_OTHERS: Final = frozenset(
    map(str, (Relation.GOES_WITH, Relation.REPLACES, Relation.UPGRADES, Relation.WATCHED_BEFORE))
)
"""Relations whose values are about other things than the product that has them."""
SOFT: Final = frozenset(map(str, (Relation.NEED, Relation.OCCASION, Relation.SEASON, Relation.FEATURE)))
"""Relations that nobody lists completely: a product without the value may still fit."""
NEEDS: Final = SOFT - {str(Relation.FEATURE)}
"""Soft relations of what a product is for."""
KINDS: Final = frozenset((CATEGORY, str(Relation.TYPE)))
"""Relations that say what kind of thing a product is."""
