"""Vectors of items from what is said about them, for a catalogue without a ranker of its own."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array  # type: ignore[import-untyped]  # has no stubs
from sklearn.utils.extmath import randomized_svd  # type: ignore[import-untyped]  # has no stubs

from airloom.ranking.attribute_graph import AttributeGraph

DIMENSIONS: Final = 32


def vectors_of_graph(
    graph: AttributeGraph, count: int, *, dimensions: int = DIMENSIONS
) -> NDArray[np.float32]:
    """Return unit-length vectors of items, float32 [count, D]: items of like values have like vectors.

    They are the left singular vectors of the matrix of items and values, with rare values weighing more
    (tf-idf). ReRec learns its vectors from ratings instead.

    Args:
        graph: What is said about the items.
        count: Items.
        dimensions: At most; fewer if there are fewer items or values.
    """
    values = np.repeat(np.arange(len(graph.values)), np.diff(graph.offsets))
    size = min(dimensions, count - 1, len(graph.values) - 1)
    if size < 1:
        return np.zeros((count, 1), np.float32)
    weights = np.log(count / np.diff(graph.offsets))[values]
    matrix = csr_array((weights, (graph.objects, values)), shape=(count, len(graph.values)))
    left, scales, _ = randomized_svd(matrix, size, random_state=0)
    vectors = left * scales
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(
        np.divide(vectors, lengths, where=lengths > 1e-6, out=np.zeros_like(vectors)), np.float32
    )
