"""L2 normalization of the rows of a matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def normalize_rows(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return float32 [N, D], the rows of [N, D] at L2 norm 1; a zero row stays zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), np.float32)
