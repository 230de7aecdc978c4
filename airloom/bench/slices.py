"""Slices of the cases: what is new, what is rare, users with short histories."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airloom.bench.eval_cases import EvalCases
from airloom.ranking.base_features import is_commerce

MAX_RARE = 5


def slices(
    cases: EvalCases, popularity: NDArray[np.int64], returning: NDArray[np.bool_] | None = None
) -> dict[str, NDArray[np.bool_]]:
    """Return which cases are in which slice, bool [n] each; slices overlap and may be empty.

    Args:
        cases: All cases.
        popularity: int64 [O], how often each object occurs in training.
        returning: Bool [n], the user has another row in training; None if the data cannot tell, and new users
            are no slice then.
    """
    counts = popularity[cases.targets]
    histories = [example.history for example in cases.examples]
    masks = {
        "cold items": counts == 0,
        "rare items": counts <= MAX_RARE,
        "no purchases": np.array([not is_commerce(history).any() for history in histories]),
        "short histories": np.array([len(history.objects) <= MAX_RARE for history in histories]),
    }
    return masks if returning is None else masks | {"new users": ~returning}
