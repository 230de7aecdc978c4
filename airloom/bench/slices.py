"""The cases that tell where a model earns its mean: what is new, what is rare, who has shown little."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airloom.bench.protocol import Contest
from airloom.ranking.base_features import is_commerce

FEW = 5


def slices(
    found: Contest, popularity: NDArray[np.int64], returning: NDArray[np.bool_] | None = None
) -> dict[str, NDArray[np.bool_]]:
    """Which cases are in which slice, bool [n] each; a case may be in several, and a slice may be empty.

    Args:
        found: The cases.
        popularity: int64 [O], how often each object occurs in training.
        returning: Bool [n], the user has another row in training; None if the data cannot tell, and new users
            are no slice then.
    """
    seen = popularity[found.targets]
    histories = [case.history for case in found.cases]
    masks = {
        "cold items": seen == 0,
        "rare items": seen <= FEW,
        "no purchases": np.array([not is_commerce(history).any() for history in histories]),
        "short histories": np.array([len(history.objects) <= FEW for history in histories]),
    }
    return masks if returning is None else masks | {"new users": ~returning}
