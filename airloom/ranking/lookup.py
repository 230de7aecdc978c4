"""A hash table of row numbers for compiled loops: made anew for a request, it stays in the cache."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled

FREE: Final = -1
"""A slot without a key; keys are 0 or more."""
_SCATTER: Final = 0x9E3779B1
"""An odd number near 2**32 / golden ratio: neighbouring keys fall far apart (Knuth, TAOCP 6.4)."""


@compiled
def empty_table(most: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keys, all `FREE`, and room for a value of each; for at most `most` keys.

    Args:
        most: Keys that will be put in.
    """
    size = 4
    while size < 4 * most:
        size *= 2
    return np.full(size, FREE, np.int64), np.empty(size, np.int64)


@compiled
def slot_of(keys: NDArray[np.int64], key: int) -> int:
    """Where `key` stands, or the free slot where it belongs.

    Args:
        keys: From `empty_table`.
        key: 0 or more.
    """
    slot = (key * _SCATTER) & (len(keys) - 1)
    while keys[slot] != key and keys[slot] != FREE:
        slot = (slot + 1) & (len(keys) - 1)
    return slot
