"""What the generator knows of an object besides its id: its content, and with what it is bought together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]  # has no stubs
from scipy.sparse.linalg import svds  # type: ignore[import-untyped]  # has no stubs
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

from airloom.ranking.encoder.item_features import item_feature_batches
from airloom.ranking.snapshot import Neighbors, Snapshot

BATCH_SIZE: Final = 1 << 15
"""Objects whose vectors are computed in one batch."""
RIDGE: Final = 1.0
"""Penalty of the regression from content to co-occurrence."""


def content_basis(snapshot: Snapshot, *, dimensions: int) -> NDArray[np.float32]:
    """Return the first principal directions of titles and intents, float32 [2 * E, d], d <= `dimensions`.

    The snapshot's own shortened texts have another basis in every snapshot; this one is stored.
    """
    size = 2 * snapshot.objects.embeddings.shape[1]
    with threadpool_limits(1, user_api="blas"):  # another order of summation would give other digits
        moments = np.zeros((size, size))
        for batch in _content(snapshot):
            moments += batch.T.astype(np.float64) @ batch
        _, directions = np.linalg.eigh(moments)
    basis = _with_fixed_signs(directions[:, ::-1][:, :dimensions])
    return np.ascontiguousarray(basis, np.float32)


def content_vectors(snapshot: Snapshot, basis: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return title and intents of every object in the coordinates of `basis`, float32 [O, d]."""
    with threadpool_limits(1, user_api="blas"):
        return np.concatenate([batch @ basis for batch in _content(snapshot)])


def _content(snapshot: Snapshot) -> Iterator[NDArray[np.float32]]:
    """Yield the embeddings of titles and, beside them, the mean ones of intents, float32 [n, 2 * E]."""
    rows, nodes = np.zeros(len(snapshot.objects.ids), np.int64), len(snapshot.nodes.labels)
    for batch in item_feature_batches(snapshot, rows, nodes=nodes, size=BATCH_SIZE):
        yield np.concatenate([batch.texts.numpy(), batch.intents.numpy()], axis=1)


def cooccurrence_vectors(neighbors: Neighbors, *, dimensions: int) -> NDArray[np.float32]:
    """Return what objects are bought together with, float32 [O, d]; zero without neighbors.

    These are the left singular vectors of the item graph, scaled by the roots of its singular values.

    Args:
        neighbors: The item graph.
        dimensions: d; fewer where the graph is smaller.
    """
    count = len(neighbors.offsets) - 1
    graph = csr_matrix(
        (np.log1p(neighbors.weights).astype(np.float64), neighbors.objects, neighbors.offsets),
        shape=(count, count),
    )
    dimensions = min(dimensions, int((np.diff(neighbors.offsets) > 0).sum()) - 1)
    if dimensions < 1:
        return np.zeros((count, 0), np.float32)
    with threadpool_limits(1, user_api="blas"):
        left, values, _ = svds(graph, k=dimensions, v0=np.ones(count))
    order = np.argsort(-values, kind="stable")
    vectors = _with_fixed_signs(left[:, order]) * np.sqrt(np.maximum(values[order], 0))
    return np.asarray(vectors, np.float32)


def from_content(content: NDArray[np.float32], together: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the ridge regression that predicts vectors of co-occurrence from content, float32 [D, d].

    Args:
        content: float32 [n, D].
        together: float32 [n, d]; rows of zeros are objects without neighbors, which are left out.
    """
    known = together.any(axis=1) if together.shape[1] else np.zeros(len(together), np.bool_)
    inputs = content[known].astype(np.float64)
    with threadpool_limits(1, user_api="blas"):
        gram = inputs.T @ inputs + RIDGE * np.eye(content.shape[1])
        return np.asarray(np.linalg.solve(gram, inputs.T @ together[known]), np.float32)


def _with_fixed_signs(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return singular vectors whose largest entry is positive: their sign is arbitrary."""
    largest = np.abs(vectors).argmax(axis=0)
    signs = np.sign(vectors[largest, np.arange(vectors.shape[1])])
    fixed: NDArray[np.float64] = vectors * np.where(signs == 0, 1.0, signs)
    return fixed
