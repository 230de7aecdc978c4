"""Reading many variable-length lists, stored back to back, in one step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Gathered(NamedTuple):
    """The rows of several lists, one list after the other.

    Attributes:
        rows: int64 [R], positions in the stored arrays.
        owners: int64 [R], which of the requested lists each row belongs to.
    """

    rows: NDArray[np.int64]
    owners: NDArray[np.int64]


def gather(offsets: NDArray[np.int64], lists: NDArray[np.integer]) -> Gathered:
    """Every row of the given lists; list i holds the rows `offsets[i]:offsets[i + 1]`."""
    starts = offsets[lists]
    lengths = offsets[lists + 1] - starts
    owners = np.repeat(np.arange(len(lists)), lengths)
    before = np.cumsum(lengths) - lengths
    return Gathered(np.arange(len(owners)) + (starts - before)[owners], owners)
