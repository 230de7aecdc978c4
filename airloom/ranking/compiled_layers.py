"""What networks are made of, as machine code for one row at a time."""

from __future__ import annotations

from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled_sums

_F32 = NDArray[np.float32]
_EPSILON: Final = 1e-5
"""Of torch's layer norms."""


@compiled_sums
def add_product(vector: _F32, matrix: _F32, out: _F32) -> None:
    """Add `vector @ matrix` to `out`; the inner loop runs along memory."""
    for row in range(len(vector)):
        factor, weights = vector[row], matrix[row]
        for column in range(len(out)):
            out[column] += factor * weights[column]


@compiled_sums
def normalise(vector: _F32, out: _F32) -> None:
    """Bring to mean 0 and variance 1, as a layer norm without weights; `out` may be `vector` itself."""
    count = np.float32(len(vector))
    mean = np.float32(0.0)
    for value in vector:
        mean += value
    mean /= count
    variance = np.float32(0.0)
    for value in vector:
        variance += (value - mean) * (value - mean)
    factor = np.float32(1.0) / np.float32(sqrt(variance / count + _EPSILON))
    for place in range(len(vector)):
        out[place] = (vector[place] - mean) * factor


@compiled_sums
def attend(rows: _F32, query: _F32, logits: _F32, out: _F32) -> None:
    """Add to `out` what one head finds: the mean of `rows`, float32 [n, w], by the softmax of their logits.

    Args:
        rows: Keys and values at once, float32 [n, w], one at least.
        query: float32 [w], 1 / sqrt(w) included.
        logits: float32 [n], what is added to `rows @ query`; shares afterwards.
        out: float32 [w].
    """
    most = np.float32(-np.inf)
    for row in range(len(rows)):
        key, logit = rows[row], logits[row]
        for place in range(len(query)):
            logit += key[place] * query[place]
        logits[row] = logit
        most = max(most, logit)
    total = np.float32(0.0)
    for row in range(len(rows)):
        logits[row] = np.exp(logits[row] - most)
        total += logits[row]
    for row in range(len(rows)):
        logits[row] /= total
    add_product(logits, rows, out)
