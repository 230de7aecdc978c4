"""The merchant's category tree, as the category paths of the products draw it."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.intents.linking.nodes import MAX_DEPTH
from airloom.intents.paths import normalize_label
from airloom.logs.changes import latest_rows
from airloom.logs.contract import COMMERCE, OBJECTS
from airloom.logs.lake import Lake

MAX_LEVELS: Final = MAX_DEPTH - 1
"""Category levels that are kept, counted from the top; one level of a resolved path belongs to the need."""

CategoryPath = tuple[str, ...]


class Taxonomy:
    """Categories that hold products, each a path of labels from top to leaf.

    Two spellings of a label that are normalized alike are one category.

    Args:
        paths: One category path a product, with the merchant's spelling; an empty path is no category.

    Attributes:
        leaves: The categories that hold products, normalized, ascending.
        leaf_of: int64 [products], row of `leaves`, -1 for a product without a category.
        spelling: Normalized path of every category to the merchant's label of its last level.
    """

    def __init__(self, paths: list[list[str] | None]) -> None:
        spelling: dict[CategoryPath, str] = {}
        normalized = [_normalize(path or []) for path in paths]
        for path, spelled in zip(normalized, paths, strict=True):
            labels = [label for label in spelled or [] if normalize_label(label)]
            for level in range(len(path)):
                # the first spelling in the alphabet wins, so that the order of the products does not matter
                known = spelling.get(path[: level + 1], labels[level])
                spelling[path[: level + 1]] = min(known, labels[level])
        self.spelling = spelling
        self.leaves: list[CategoryPath] = sorted({path for path in normalized if path})
        rows = {path: row for row, path in enumerate(self.leaves)}
        self.leaf_of: NDArray[np.int64] = np.array([rows.get(path, -1) for path in normalized], np.int64)

    @classmethod
    def of(cls, objects: pa.Table) -> Taxonomy:
        """Return the tree of the products among `objects`; `leaf_of` has one row per object."""
        domains = objects["domain"].to_pylist()
        paths = objects["category_path"].to_pylist()
        return cls(
            [path if domain == COMMERCE else None for path, domain in zip(paths, domains, strict=True)]
        )

    @property
    def top_categories(self) -> list[str]:
        """The categories without a parent, as the merchant spells them."""
        return [self.spelling[path] for path in self.categories if len(path) == 1]

    @cached_property
    def categories(self) -> list[CategoryPath]:
        """Every category, leaves and those above them, ascending: a parent comes before its children."""
        return sorted(self.spelling)

    def text(self, path: CategoryPath) -> str:
        """Return what an encoder reads for a category: its label after the one above it, for the sense."""
        label = self.spelling[path]
        return f"{self.spelling[path[:-1]]}: {label}" if len(path) > 1 else label


def _normalize(path: list[str]) -> CategoryPath:
    labels = (normalize_label(label) for label in path)
    return tuple(label for label in labels if label)[:MAX_LEVELS]


def products_of(lake: Lake, *, through: date) -> pa.Table:
    """Return the latest row of each product at the end of the day `through`, sorted by id."""
    return latest_rows(lake, OBJECTS, through=through, where=pc.field("domain") == COMMERCE)
