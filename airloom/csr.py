"""Many variable-length lists stored back to back (the CSR layout), read in one step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class CsrRows(NamedTuple):
    """The rows of several lists, one list after the other.

    Attributes:
        rows: int64 [R], indices into the stored arrays.
        lists: int64 [R], which of the requested lists each row belongs to, counted from 0.
    """

    rows: NDArray[np.int64]
    lists: NDArray[np.int64]


def csr_take(offsets: NDArray[np.int64], lists: NDArray[np.integer]) -> CsrRows:
    """Return every row of the given lists; list i holds the rows `offsets[i]:offsets[i + 1]`.

    Args:
        offsets: int64 [L + 1].
        lists: int [n], from 0 to L - 1, in any order, repeated or not.

    Examples:
        >>> csr_take(np.array([0, 2, 2, 5]), np.array([2, 0])).rows.tolist()
        [2, 3, 4, 0, 1]
    """
    starts = offsets[lists]
    lengths = offsets[lists + 1] - starts
    requested = np.repeat(np.arange(len(lists)), lengths)
    before = np.cumsum(lengths) - lengths
    return CsrRows(np.arange(len(requested)) + (starts - before)[requested], requested)
