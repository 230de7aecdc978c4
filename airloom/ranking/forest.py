"""Gradient-boosted trees as they serve: flat arrays, and one compiled loop over trees and candidates."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled


class Forest(NamedTuple):
    """T trees with N nodes in all; the sum of one leaf of each tree is a score, up to a constant.

    Attributes:
        roots: int32 [T], the first node of each tree.
        depths: int32 [T], steps from a root to the deepest leaf.
        features: int16 [N], the column that a node splits by; 0 in a leaf.
        thresholds: float32 [N], values up to it go left.
        children: int32 [N, 2], the nodes to the left and to the right; a leaf's are itself.
        values: float32 [N], what a leaf adds.
    """

    roots: NDArray[np.int32]
    depths: NDArray[np.int32]
    features: NDArray[np.int16]
    thresholds: NDArray[np.float32]
    children: NDArray[np.int32]
    values: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        *,
        roots: NDArray[np.integer],
        features: NDArray[np.integer],
        thresholds: NDArray[np.floating],
        children: NDArray[np.integer],
        values: NDArray[np.floating],
    ) -> Forest:
        """Return a forest whose nodes stand before their children; thresholds may be of double precision.

        A threshold is rounded down, so that every float32 value goes the way that it would have gone.
        """
        rounded = thresholds.astype(np.float32)
        rounded = np.where(rounded > thresholds, np.nextafter(rounded, np.float32(-np.inf)), rounded)
        own, links = roots.astype(np.int32), children.astype(np.int32)
        depths = _depths(own, links)
        return cls(own, depths, features.astype(np.int16), rounded, links, values.astype(np.float32))

    @classmethod
    def empty(cls) -> Forest:
        """Return a forest without a tree: every score is 0."""
        none = np.empty(0, np.int32)
        return cls.of(
            roots=none, features=none, thresholds=np.empty(0), children=none.reshape(0, 2), values=np.empty(0)
        )

    @property
    def digest(self) -> str:
        """SHA-256 of all arrays, 16 hexadecimal digits."""
        digest = hashlib.sha256()
        for array in self:
            digest.update(f"{array.dtype.str} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()[:16]

    def scores(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the score of each row of features, float32 [...], given [..., F]."""
        rows = np.ascontiguousarray(features).reshape(-1, features.shape[-1])
        return _scores(*self, rows).reshape(features.shape[:-1])


def checked(forest: Forest, columns: int) -> Forest:
    """Return a forest that was read from a file, if a walk through it stays inside its arrays.

    Args:
        forest: Arrays of any shapes and numbers.
        columns: Of the features.

    Raises:
        ValueError: It would not, or the arrays do not belong together.
    """
    roots, depths, features, thresholds, children, values = forest
    count = len(features)
    nodes = np.arange(count)[:, None]
    if not (
        [array.dtype for array in forest] == [array.dtype for array in Forest.empty()]
        and len(depths) == len(roots)
        and len(thresholds) == len(values) == count
        and all(array.ndim == 1 for array in (roots, depths, features, thresholds, values))
        and children.shape == (count, 2)
        and ((roots >= 0) & (roots < count)).all()
        and ((features >= 0) & (features < columns)).all()
        and ((children >= nodes) & (children < count)).all()
        and ((children == nodes).all(axis=1) | (children > nodes).all(axis=1)).all()
        and np.isfinite(thresholds).all()
        and np.isfinite(values).all()
        and np.array_equal(depths, _depths(roots, children))
    ):
        raise ValueError("the forest is damaged")
    return forest


@compiled
def _depths(roots: NDArray[np.int32], children: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the steps from each root to its deepest leaf; children stand behind their parents."""
    below = np.zeros(len(children), np.int32)
    for node in range(len(children) - 1, -1, -1):
        left, right = children[node]
        if left != node:
            below[node] = 1 + max(below[left], below[right])
    return below[roots]


@compiled
def _scores(
    roots: NDArray[np.int32],
    depths: NDArray[np.int32],
    features: NDArray[np.int16],
    thresholds: NDArray[np.float32],
    children: NDArray[np.int32],
    values: NDArray[np.float32],
    rows: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Take all rows one step down a tree at a time.

    A walk of one row after the other would wait for every comparison and guess half of the branches wrong:
    this takes a quarter of its time.
    """
    out = np.zeros(len(rows), np.float32)
    nodes = np.empty(len(rows), np.int32)
    for tree in range(len(roots)):
        nodes[:] = roots[tree]
        for _ in range(depths[tree]):
            for row in range(len(rows)):
                node = nodes[row]
                nodes[row] = children[node, np.int64(rows[row, features[node]] > thresholds[node])]
        for row in range(len(rows)):
            out[row] += values[nodes[row]]
    return out
