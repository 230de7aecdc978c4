"""An open-addressing hash table of row numbers for compiled loops, small enough for the CPU's cache."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled

EMPTY: Final = -1
"""The key of an empty slot; keys are 0 or more."""
_MULTIPLIER: Final = 0x9E3779B1
"""An odd number near 2**32 / golden ratio spreads consecutive keys (Fibonacci hashing, Knuth, TAOCP 6.4)."""


@compiled
def new_table(max_keys: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the keys of a table, all `EMPTY`, and uninitialized values, one for each slot.

    Args:
        max_keys: The number of keys that will be inserted at most; a quarter of the slots.
    """
    size = 4
    while size < 4 * max_keys:
        size *= 2
    return np.full(size, EMPTY, np.int64), np.empty(size, np.int64)


@compiled
def find_slot(keys: NDArray[np.int64], key: int) -> int:
    """Return the slot that holds `key`, or the empty slot where it is to be inserted.

    Args:
        keys: From `new_table`.
        key: 0 or more.
    """
    slot = (key * _MULTIPLIER) & (len(keys) - 1)
    while keys[slot] != key and keys[slot] != EMPTY:
        slot = (slot + 1) & (len(keys) - 1)
    return slot
