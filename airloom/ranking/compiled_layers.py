"""The layers of both networks as machine code, for one row at a time."""

from __future__ import annotations

from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled_sums

_F32 = NDArray[np.float32]
_EPSILON: Final = 1e-5
"""The epsilon of torch's layer norms."""


@compiled_sums
def add_product(vector: _F32, matrix: _F32, out: _F32) -> None:
    """Add `vector @ matrix` to `out`; the inner loop runs along memory."""
    for row in range(len(vector)):
        factor, weights = vector[row], matrix[row]
        for column in range(len(out)):
            out[column] += factor * weights[column]


@compiled_sums
def normalize(vector: _F32, out: _F32) -> None:
    """Write `vector` with mean 0 and variance 1, a layer norm without weights; `out` may be `vector`."""
    count = np.float32(len(vector))
    mean = np.float32(0.0)
    for value in vector:
        mean += value
    mean /= count
    variance = np.float32(0.0)
    for value in vector:
        variance += (value - mean) * (value - mean)
    factor = np.float32(1.0) / np.float32(sqrt(variance / count + _EPSILON))
    for column in range(len(vector)):
        out[column] = (vector[column] - mean) * factor


@compiled_sums
def attend(keys: _F32, query: _F32, logits: _F32, out: _F32) -> None:
    """Add one attention head's output to `out`: the mean of `keys`, weighted by the softmax of their logits.

    Args:
        keys: Keys that are values too, float32 [n, w], at least one.
        query: float32 [w], 1 / sqrt(w) included.
        logits: float32 [n], what is added to `keys @ query`; overwritten with the attention weights.
        out: float32 [w].
    """
    highest = np.float32(-np.inf)
    for row in range(len(keys)):
        key, logit = keys[row], logits[row]
        for column in range(len(query)):
            logit += key[column] * query[column]
        logits[row] = logit
        highest = max(highest, logit)
    total = np.float32(0.0)
    for row in range(len(keys)):
        logits[row] = np.exp(logits[row] - highest)
        total += logits[row]
    for row in range(len(keys)):
        logits[row] /= total
    add_product(logits, keys, out)
