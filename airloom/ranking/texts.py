"""Texts in as few numbers as tell them apart: what a page compares candidates, events and nodes by."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

DIMENSIONS: Final = 160
"""A page multiplies some hundred texts with each other: of 384 numbers each, that was a sixth of its time."""
_ROWS_AT_ONCE: Final = 1 << 16


class Texts(NamedTuple):
    """Embeddings, turned to the directions in which they differ most and cut off there (PCA, not centred).

    The product of two is nearly the cosine of the whole embeddings (docs/explanation/ranking.md has figures);
    with their lengths brought back to one it would be too large. Another snapshot has another basis, so
    only texts of one snapshot can be compared.

    Attributes:
        basis: float32 [D, d], orthonormal columns.
        objects: float32 [O, d], not longer than one; zero where there is no title.
        nodes: float32 [N, d], likewise.
    """

    basis: NDArray[np.float32]
    objects: NDArray[np.float32]
    nodes: NDArray[np.float32]

    @classmethod
    def of(
        cls, objects: NDArray[np.float32], nodes: NDArray[np.float32], *, dimensions: int = DIMENSIONS
    ) -> Texts:
        """Of embeddings of unit length, float32 [O, D] and [N, D]; d is `dimensions`, or D if less."""
        with threadpool_limits(1, user_api="blas"):  # sums in another order would be another snapshot
            basis = _basis(objects, nodes)[:, :dimensions].copy()
            return cls(basis, shortened(objects, basis), shortened(nodes, basis))


def shortened(embeddings: NDArray[np.float32], basis: NDArray[np.float32]) -> NDArray[np.float32]:
    """Embeddings, float32 [n, D], in the coordinates of `basis` [D, d]."""
    out = np.empty((len(embeddings), basis.shape[1]), np.float32)
    for begin in range(0, len(embeddings), _ROWS_AT_ONCE):
        rows = slice(begin, begin + _ROWS_AT_ONCE)
        np.matmul(embeddings[rows], basis, out=out[rows])
    return out


def _basis(*tables: NDArray[np.float32]) -> NDArray[np.float32]:
    """The directions by the second moments of all rows, float32 [D, D], the largest first."""
    dimension = tables[0].shape[1]
    moments = np.zeros((dimension, dimension))
    for table in tables:
        for begin in range(0, len(table), _ROWS_AT_ONCE):
            part = np.asarray(table[begin : begin + _ROWS_AT_ONCE], np.float64)
            moments += part.T @ part
    _, directions = np.linalg.eigh(moments)
    return directions[:, ::-1].astype(np.float32)
