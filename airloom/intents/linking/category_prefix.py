"""Stage 2: where a path begins: at a category that its first labels spell, or above the whole tree."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Sequence
from typing import NamedTuple

from airloom.intents.linking.parsed_paths import Labels
from airloom.intents.linking.taxonomy import CategoryPath


class PrefixSplit(NamedTuple):
    """A sequence of labels, split by the merchant's tree.

    Attributes:
        prefix: The longest category path that the labels begin with; empty if they begin with none.
        need: The label of the need below the prefix; `None` if there is none.
        free: Whether labels follow the prefix, so that categories below it must be found.
    """

    prefix: CategoryPath
    need: str | None
    free: bool


def split_prefix(
    labels: Labels, *, categories: Container[CategoryPath], names: Container[str]
) -> PrefixSplit:
    """Return the category prefix and the need of a sequence of labels.

    Without a prefix the first label is the need. Below one, the first label is the need unless it is the
    last, which is a product type, or the name of some category.

    Args:
        labels: Normalized.
        categories: All category paths.
        names: The last label of each of them.
    """
    depth = 0
    while depth < len(labels) and labels[: depth + 1] in categories:
        depth += 1
    rest = labels[depth:]
    has_need = rest and (depth == 0 or (len(rest) > 1 and rest[0] not in names))
    return PrefixSplit(labels[:depth], rest[0] if has_need else None, bool(rest))


def leaves_below(prefix: CategoryPath, leaves: Sequence[CategoryPath]) -> slice:
    """Return where the leaves at and below `prefix` are among all `leaves`, which are ascending."""

    def begin(path: CategoryPath) -> CategoryPath:
        return path[: len(prefix)]

    return slice(bisect_left(leaves, prefix, key=begin), bisect_right(leaves, prefix, key=begin))
