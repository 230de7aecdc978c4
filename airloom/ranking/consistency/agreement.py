"""Agreement of two weighted sets of nodes: F1, cosine, and rank correlation of candidate scores."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.intents.linking.nodes import CATEGORY, Nodes
from airloom.ranking.intent_tree.tree import IntentTree

METRICS: Final = ("f1_leaves", "f1_categories", "f1_all", "cosine", "rank_correlation")


class Reading(NamedTuple):
    """One side of a comparison.

    Attributes:
        tree: The nodes and their weights.
        scores: float64 [C], the score of every candidate by these nodes.
    """

    tree: IntentTree
    scores: NDArray[np.float64]


def agreement(composed: Reading, direct: Reading, *, nodes: Nodes, leaves: NDArray[np.bool_]) -> list[float]:
    """Return the values of `METRICS` for one pair.

    `f1_categories` compares, on every level, the k categories that weigh most in the composed tree with the k
    that the direct reading has there; `f1_all` also the needs; `f1_leaves` only categories without children.
    `cosine` is that of the mean node embeddings by weight, `rank_correlation` Spearman's of the scores.

    Args:
        composed: The tree composed of single events; not empty.
        direct: The reading of the whole history; not empty.
        nodes: What both sets refer to.
        leaves: bool [N], categories without children.
    """
    kept = _heaviest(composed.tree, direct.tree, nodes)
    category = nodes.kinds == CATEGORY
    return [
        *(_f1(kept, direct.tree.nodes, which) for which in (leaves, category, np.ones_like(category))),
        float(_mean(composed.tree, nodes) @ _mean(direct.tree, nodes)),
        rank_correlation(composed.scores, direct.scores),
    ]


def childless(nodes: Nodes) -> NDArray[np.bool_]:
    """Return which nodes are categories without children, bool [N]."""
    parents = np.isin(np.arange(len(nodes.labels)), nodes.parents)
    return np.asarray(~parents & (nodes.kinds == CATEGORY))


def rank_correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return Spearman's correlation; equal values share their mean rank; 0 where a side is constant.

    >>> round(rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([3.0, 2.0, 1.0])), 9)
    -1.0
    """
    ranks = np.stack([_ranks(first), _ranks(second)])
    ranks -= ranks.mean(axis=1, keepdims=True)
    norm = np.sqrt((ranks**2).sum(axis=1)).prod()
    return float(ranks.prod(axis=0).sum() / norm) if norm > 0 else 0.0


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, groups, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[groups])


def _heaviest(composed: IntentTree, direct: IntentTree, nodes: Nodes) -> NDArray[np.int32]:
    """Return the heaviest composed nodes: for each kind and level, the number that the direct reading has."""
    kept = []
    for kind, level in sorted({(int(nodes.kinds[n]), int(nodes.levels[n])) for n in direct.nodes}):
        at_level = (nodes.kinds == kind) & (nodes.levels == level)
        rows = np.flatnonzero(at_level[composed.nodes])
        order = np.argsort(-composed.weights[rows], kind="stable")[: int(at_level[direct.nodes].sum())]
        kept.append(composed.nodes[rows[order]])
    return np.concatenate(kept)


def _f1(kept: NDArray[np.int32], direct: NDArray[np.int32], which: NDArray[np.bool_]) -> float:
    """Return the F1 of the nodes that count; NaN where the direct reading has none of them."""
    left, right = kept[which[kept]], direct[which[direct]]
    both = len(np.intersect1d(left, right))
    return 2 * both / (len(left) + len(right)) if len(right) else float("nan")


def _mean(tree: IntentTree, nodes: Nodes) -> NDArray[np.float32]:
    total = tree.weights @ nodes.embeddings[tree.nodes]
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9), np.float32)
