"""Which leaf categories a title may lead to: scores, and how far to trust them."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.intents.linking.taxonomy import Taxonomy
from airloom.intents.normalize_rows import normalize_rows
from airloom.intents.reasoners.calibration import Calibration

PATHS: Final = 3


class LeafMatches(NamedTuple):
    """The best leaves of each title, strongest first.

    Attributes:
        leaves: int64 [N, at most PATHS], rows of `Taxonomy.leaves`.
        confidences: float32, the same shape, in (0, 1).
    """

    leaves: NDArray[np.int64]
    confidences: NDArray[np.float32]


def leaf_targets(taxonomy: Taxonomy, products: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what a title's vector is multiplied with for the scores of all leaves, float32 [leaves, D].

    A leaf is its mean product title, without what all leaves share; a shelf is the mean of its leaves. A
    score is half the leaf's cosine and half that of the shelf it stands on: people who need one thing of a
    shelf often need its neighbors.

    Args:
        taxonomy: The merchant's tree.
        products: float32 [products, D], titles in the order of `taxonomy.leaf_of`.
    """
    known = taxonomy.leaf_of >= 0
    leaves = _directions(products[known], taxonomy.leaf_of[known], len(taxonomy.leaves))
    if len(leaves) > 1:
        leaves = normalize_rows(leaves - leaves.mean(axis=0, keepdims=True))
    # a leaf at the top of the tree is a shelf of its own
    shelves = [path[:-1] or path for path in taxonomy.leaves]
    rows = {shelf: row for row, shelf in enumerate(sorted(set(shelves)))}
    shelf_of = np.array([rows[shelf] for shelf in shelves])
    return np.asarray((leaves + _directions(leaves, shelf_of, len(rows))[shelf_of]) / 2, np.float32)


def nearest_leaves(
    titles: NDArray[np.float32], targets: NDArray[np.float32], *, calibration: Calibration
) -> LeafMatches:
    """Return the best leaves of titles float32 [N, D], given `leaf_targets`."""
    scores = titles @ targets.T
    best: NDArray[np.int64] = np.argsort(-scores, axis=1, kind="stable")[:, :PATHS]
    return LeafMatches(best, calibration.confidence(np.take_along_axis(scores, best, axis=1)))


def _directions(
    vectors: NDArray[np.float32], group_of: NDArray[np.int64], groups: int
) -> NDArray[np.float32]:
    """Return the direction of each group's mean, float32 [groups, D], unit length."""
    sums = np.zeros((groups, vectors.shape[1]), np.float32)
    np.add.at(sums, group_of, vectors)
    return normalize_rows(sums)
