"""Each shopper meets each object once a day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def distinct_pairs(
    users: NDArray[np.int64], objects: NDArray[np.int64], *, objects_in_all: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct pairs, by user and then object; both are [N] before and [M <= N] after.

    Sorting is several times faster here than `np.unique`, which hashes.
    """
    keys = np.sort(users * objects_in_all + objects)
    keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])] if len(keys) else keys
    return np.divmod(keys, objects_in_all)
