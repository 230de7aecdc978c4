"""The terms that claims may name: the shop's categories, and the needs that its content leads to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

from airloom.intents.paths import normalize_label
from airloom.knowledge.claims import TO_CATEGORIES, TO_NEEDS, Relation

NodePath: TypeAlias = tuple[str, ...]


class ShopTerms(NamedTuple):
    """What the values of relations may name.

    Attributes:
        categories: Term of each category with products to its normalized labels from the top.
        needs: Term of each need node to its normalized labels from the root.
    """

    categories: Mapping[str, NodePath]
    needs: Mapping[str, NodePath]

    def for_relation(self, relation: Relation) -> Mapping[str, NodePath]:
        """Return the terms that a relation's values may be linked to."""
        if relation in TO_CATEGORIES:
            return self.categories
        return self.needs if relation in TO_NEEDS else {}


def terms_of(paths: Iterable[NodePath]) -> dict[str, NodePath]:
    """Return a term for every path: its last label, after the one above it where that alone is not unique.

    Two paths that are still alike in both are one term, that of the first in the alphabet.

    >>> list(terms_of([("cats", "bowls"), ("dogs", "bowls"), ("cats", "beds")]))
    ['beds', 'cats - bowls', 'dogs - bowls']
    """
    unique = sorted(set(paths))
    counts = Counter(path[-1] for path in unique)
    terms: dict[str, NodePath] = {}
    for path in unique:
        is_unique = counts[path[-1]] == 1 or len(path) == 1
        terms.setdefault(path[-1] if is_unique else normalize_label(f"{path[-2]} - {path[-1]}"), path)
    return dict(sorted(terms.items()))
