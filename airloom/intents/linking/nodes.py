"""The node table: every canonical label at its one position in the hierarchy."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

NEED: Final = 0
"""Kind of a node that a reasoner named freely: a need or an interest, a root or below a category."""
CATEGORY: Final = 1
"""Kind of a node of the merchant's category tree."""

NO_NODE: Final = -1
MAX_DEPTH: Final = 5
"""Nodes of one resolved path: the categories from top to leaf, and a need above or between them."""


class Nodes(NamedTuple):
    """All nodes; a node's id is its row, and ids never change meaning from one day to the next.

    Attributes:
        labels: One label a node.
        parents: int32 [N], the id of the coarser node, or -1 at a root.
        levels: int8 [N], 0 at a root.
        kinds: int8 [N], `NEED` or `CATEGORY`.
        embeddings: float32 [N, D], unit length.
    """

    labels: list[str]
    parents: NDArray[np.int32]
    levels: NDArray[np.int8]
    kinds: NDArray[np.int8]
    embeddings: NDArray[np.float32]

    def path_to(self, node: int) -> list[int]:
        """Return the ids from the root down to `node`."""
        path = []
        while node != NO_NODE:
            path.append(node)
            node = int(self.parents[node])
        return path[::-1]
