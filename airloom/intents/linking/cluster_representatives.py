"""Online clustering of near duplicates: which of many new texts mean what an earlier one means already."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_BLOCK: Final = 512
"""New rows that are compared with the representatives in one matrix product."""
_TILE: Final = 16_384
"""Representatives in one matrix product: 32 MB of cosines with a block."""


def cluster_representatives(
    vectors: NDArray[np.float32], *, known: int, merge_at: float
) -> NDArray[np.int64]:
    """Return the cluster of each new row: it joins the nearest representative or becomes one.

    The same as a comparison of each new row with all representatives before it, one after the other, but in
    blocks: only the rows of one block are compared with each other row by row.

    Args:
        vectors: float32 [known + new, D], unit length; the first `known` are representatives. Overwritten.
        known: Number of representatives at the start.
        merge_at: Cosine from which a row joins; of representatives that are equally near, the earliest.

    Returns:
        int64 [new], the number of the representative in the order in which they became such; a row that
        becomes one is the first to have its number.
    """
    clusters = np.empty(len(vectors) - known, np.int64)
    count = known
    for start in range(known, len(vectors), _BLOCK):
        # a copy, because representatives are gathered in front, over rows already done
        block = vectors[start : start + _BLOCK].copy()
        nearest, cosines = _nearest(block, vectors[:count])
        within = block @ block.T
        own: list[int] = []  # rows of this block that became representatives
        before = count
        for row in range(len(block)):
            cluster, cosine = nearest[row], cosines[row]
            if own:
                among = within[row, own]
                if among.max() > cosine:
                    cluster, cosine = before + among.argmax(), among.max()
            if cosine < merge_at:
                cluster = count
                vectors[count] = block[row]
                own.append(row)
                count += 1
            clusters[start - known + row] = cluster
    return clusters


def _nearest(
    block: NDArray[np.float32], among: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return row and cosine of the nearest of `among` for every row of `block`; the first of equals."""
    rows = np.zeros(len(block), np.int64)
    cosines = np.full(len(block), -np.inf, np.float32)
    for start in range(0, len(among), _TILE):
        similar = block @ among[start : start + _TILE].T
        best = similar.argmax(axis=1)
        best_cosines = similar[np.arange(len(block)), best]
        nearer = best_cosines > cosines
        rows[nearer], cosines[nearer] = start + best[nearer], best_cosines[nearer]
    return rows, cosines
