"""Where a free path begins: at a category that its first labels spell, or above the whole tree."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Sequence
from typing import NamedTuple

from airloom.intents.linking.taxonomy import CategoryPath

Labels = tuple[str, ...]


class Anchored(NamedTuple):
    """A path of labels, held against the merchant's tree.

    Attributes:
        anchor: The longest category path that the labels begin with; empty where they begin with none.
        need: The label of the need below the anchor; `None` where there is none.
        free: Whether labels follow the anchor, so that categories below it must be found.
    """

    anchor: CategoryPath
    need: str | None
    free: bool


def anchored(labels: Labels, *, categories: Container[CategoryPath], names: Container[str]) -> Anchored:
    """Find the anchor and the need of a path.

    Without an anchor the first label is the need. Below one, the first label is the need unless it is the
    last, which is a product type, or the name of some category.

    Args:
        labels: Normalised.
        categories: All category paths.
        names: The last label of each of them.
    """
    depth = 0
    while depth < len(labels) and labels[: depth + 1] in categories:
        depth += 1
    rest = labels[depth:]
    named = rest and (depth == 0 or (len(rest) > 1 and rest[0] not in names))
    return Anchored(labels[:depth], rest[0] if named else None, bool(rest))


def leaves_below(anchor: CategoryPath, leaves: Sequence[CategoryPath]) -> slice:
    """Where the leaves at and below `anchor` are among all `leaves`, which are ascending."""

    def begin(path: CategoryPath) -> CategoryPath:
        return path[: len(anchor)]

    return slice(bisect_left(leaves, anchor, key=begin), bisect_right(leaves, anchor, key=begin))
