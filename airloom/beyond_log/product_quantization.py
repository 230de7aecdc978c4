"""Optimized product quantization: a vector becomes a few codes, all different objects have different ones.

The rotation is OPQ's closed form for Gaussian data (Ge et al., CVPR 2013): principal directions are dealt out
to the subspaces so that each has about the same variance.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans  # type: ignore[import-untyped]  # has no stubs
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

ROUNDS: Final = 25
BATCH_SIZE: Final = 1 << 14
"""Vectors that are encoded at once."""


class ProductQuantizer(NamedTuple):
    """M subspaces with V codewords each.

    Attributes:
        mean: float32 [D].
        rotation: float32 [D, M * s], orthonormal columns; subspace m has the columns from m * s.
        centroids: float32 [M, V, s].
    """

    mean: NDArray[np.float32]
    rotation: NDArray[np.float32]
    centroids: NDArray[np.float32]

    @classmethod
    def fit(cls, vectors: NDArray[np.float32], *, columns: int, codewords: int) -> ProductQuantizer:
        """Return the quantizer of some vectors, float32 [n, D], n > 0; fewer codewords if n is smaller."""
        with threadpool_limits(1):  # another order of summation would give other codes
            mean = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
            centered = vectors - mean
            values, directions = np.linalg.eigh(centered.T.astype(np.float64) @ centered)
            rotation = directions[:, _dealt_out(values, columns)].astype(np.float32)
            parts = np.split(centered @ rotation, columns, axis=1)
            centroids = [_kmeans(part, min(codewords, len(vectors))) for part in parts]
        return cls(mean, rotation, np.stack(centroids))

    def encode(self, vectors: NDArray[np.float32]) -> NDArray[np.int32]:
        """Return the nearest codeword in each subspace, int32 [n, M]."""
        codes = np.empty((len(vectors), len(self.centroids)), np.int32)
        for begin in range(0, len(vectors), BATCH_SIZE):
            rows = slice(begin, begin + BATCH_SIZE)
            for column, distances in enumerate(self._distances(vectors[rows])):
                codes[rows, column] = distances.argmin(axis=1)
        return codes

    def encode_uniquely(
        self, vectors: NDArray[np.float32], taken: NDArray[np.int32] | None = None
    ) -> NDArray[np.int32]:
        """Return codes of which no two are the same, int32 [n, M].

        The first object with some codes keeps them; a later one changes one code, to the nearest codeword
        that makes it different. So a product's score is that of its codes, exactly, and nothing else has to
        tell objects apart.

        Args:
            vectors: float32 [n, D].
            taken: int32 [k, M], codes that are not available.
        """
        codes = self.encode(vectors)
        used = {row.tobytes() for row in taken} if taken is not None else set()
        for row in range(len(codes)):
            if codes[row].tobytes() in used:
                codes[row] = self._nearest_free(vectors[row], codes[row], used)
            used.add(codes[row].tobytes())
        return codes

    def _nearest_free(
        self, vector: NDArray[np.float32], codes: NDArray[np.int32], used: set[bytes]
    ) -> NDArray[np.int32]:
        distances = np.stack([column[0] for column in self._distances(vector[None])])
        added = distances - distances[np.arange(len(codes)), codes][:, None]
        for change in np.argsort(added, axis=None, kind="stable").tolist():
            column, codeword = divmod(change, distances.shape[1])
            free = codes.copy()
            free[column] = codeword
            if free.tobytes() not in used:
                return free
        return codes  # more objects of one content than codes: they stay one

    def _distances(self, vectors: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Return squared distances to the codewords of each subspace, [n, V], up to a term of the vector."""
        parts = np.split((vectors - self.mean) @ self.rotation, len(self.centroids), axis=1)
        return [
            (centroids**2).sum(axis=1) - 2 * part @ centroids.T
            for part, centroids in zip(parts, self.centroids, strict=True)
        ]


def _dealt_out(values: NDArray[np.float64], columns: int) -> NDArray[np.int64]:
    """Return principal directions, subspace after subspace: the next largest goes where least is so far."""
    size = len(values) // columns
    dealt: list[list[int]] = [[] for _ in range(columns)]
    logs = np.zeros(columns)
    for direction in np.argsort(-values, kind="stable")[: size * columns].tolist():
        filled = np.array([len(part) >= size for part in dealt])
        subspace = int(np.where(filled, np.inf, logs).argmin())
        dealt[subspace].append(direction)
        logs[subspace] += np.log(max(values[direction], 1e-12)) - np.log(max(values.min(), 1e-12))
    return np.array([direction for part in dealt for direction in part])


def _kmeans(vectors: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    fitted = KMeans(count, n_init=1, max_iter=ROUNDS, random_state=0).fit(vectors)
    return np.asarray(fitted.cluster_centers_, np.float32)
