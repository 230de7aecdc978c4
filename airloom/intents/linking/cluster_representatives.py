"""Near-duplicates: which of many new texts mean what an earlier one means already."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_BLOCK: Final = 512
"""New rows that are compared with the leaders in one matrix product."""
_TILE: Final = 16_384
"""Leaders in one matrix product: 32 MB of cosines with a block."""


def leaders(vectors: NDArray[np.float32], *, known: int, merge_at: float) -> NDArray[np.int64]:
    """One after the other, each new row joins the nearest leader, or becomes a leader itself.

    The same as one comparison of each new row with all leaders before it, but in blocks: only what a row has
    to do with the rows of its own block is settled row by row.

    Args:
        vectors: float32 [known + new, D], unit length; the first `known` are leaders. Overwritten.
        known: Leaders at the start.
        merge_at: Cosine from which a row joins; of leaders that are equally near, the earliest.

    Returns:
        int64 [new], the leader's place among all leaders in the order in which they became such; a row that
        becomes one is the first to have its place.
    """
    places = np.empty(len(vectors) - known, np.int64)
    count = known
    for start in range(known, len(vectors), _BLOCK):
        block = vectors[
            start : start + _BLOCK
        ].copy()  # leaders are gathered in front, over rows already read
        best, cosines = _nearest(block, vectors[:count])
        within = block @ block.T
        own: list[int] = []  # rows of this block that became leaders
        before = count
        for row in range(len(block)):
            place, cosine = best[row], cosines[row]
            if own:
                among = within[row, own]
                if among.max() > cosine:
                    place, cosine = before + among.argmax(), among.max()
            if cosine < merge_at:
                place = count
                vectors[count] = block[row]  # leaders are gathered in front, over rows already settled
                own.append(row)
                count += 1
            places[start - known + row] = place
    return places


def _nearest(
    block: NDArray[np.float32], among: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Place and cosine of the nearest of `among` for every row of `block`; the first of equals."""
    places = np.zeros(len(block), np.int64)
    cosines = np.full(len(block), -np.inf, np.float32)
    for start in range(0, len(among), _TILE):
        similar = block @ among[start : start + _TILE].T
        best = similar.argmax(axis=1)
        found = similar[np.arange(len(block)), best]
        nearer = found > cosines
        places[nearer], cosines[nearer] = start + best[nearer], found[nearer]
    return places, cosines
