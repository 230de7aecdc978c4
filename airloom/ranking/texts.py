"""Text embeddings in fewer dimensions, by which a request compares candidates, events and nodes."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

DIMENSIONS: Final = 160
"""A request multiplies some hundred texts with each other: with 384 numbers each, a sixth of its time."""
_BATCH_SIZE: Final = 1 << 16


class Texts(NamedTuple):
    """Embeddings projected onto their first principal directions (PCA, not centered).

    The product of two is nearly the cosine of the whole embeddings (docs/explanation/ranking.md has figures);
    normalized to length one again, it would be too large. Another snapshot has another basis, so only texts
    of one snapshot can be compared.

    Attributes:
        basis: float32 [D, d], orthonormal columns.
        objects: float32 [O, d], length at most one; zero where there is no title.
        nodes: float32 [N, d], likewise.
    """

    basis: NDArray[np.float32]
    objects: NDArray[np.float32]
    nodes: NDArray[np.float32]

    @classmethod
    def of(
        cls, objects: NDArray[np.float32], nodes: NDArray[np.float32], *, dimensions: int = DIMENSIONS
    ) -> Texts:
        """Return embeddings of unit length, float32 [O, D] and [N, D], in min(`dimensions`, D) dimensions."""
        with threadpool_limits(1, user_api="blas"):  # another order of summation would give another digest
            basis = _basis(objects, nodes)[:, :dimensions].copy()
            return cls(basis, reduce_dimensions(objects, basis), reduce_dimensions(nodes, basis))


def reduce_dimensions(embeddings: NDArray[np.float32], basis: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return embeddings, float32 [n, D], in the coordinates of `basis` [D, d]."""
    out = np.empty((len(embeddings), basis.shape[1]), np.float32)
    for begin in range(0, len(embeddings), _BATCH_SIZE):
        rows = slice(begin, begin + _BATCH_SIZE)
        np.matmul(embeddings[rows], basis, out=out[rows])
    return out


def _basis(*tables: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return all rows' principal directions by second moments, float32 [D, D], the largest first."""
    dimension = tables[0].shape[1]
    moments = np.zeros((dimension, dimension))
    for table in tables:
        for begin in range(0, len(table), _BATCH_SIZE):
            batch = np.asarray(table[begin : begin + _BATCH_SIZE], np.float64)
            moments += batch.T @ batch
    _, directions = np.linalg.eigh(moments)
    return directions[:, ::-1].astype(np.float32)
