"""How alike two weighted sets of nodes are: as sets, as directions, and in how they order candidates."""

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
        scores: float64 [C], what every candidate is worth by it.
    """

    tree: IntentTree
    scores: NDArray[np.float64]


def agreement(composed: Reading, direct: Reading, *, nodes: Nodes, leaves: NDArray[np.bool_]) -> list[float]:
    """The values of `METRICS` for one pair.

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
    """Which nodes are categories that no other stands under, bool [N]."""
    parents = np.isin(np.arange(len(nodes.labels)), nodes.parents)
    return np.asarray(~parents & (nodes.kinds == CATEGORY))


def rank_correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Spearman's: equal values share their mean rank; 0 where one side calls all candidates equal."""
    ranks = np.stack([_ranks(first), _ranks(second)])
    ranks -= ranks.mean(axis=1, keepdims=True)
    spread = np.sqrt((ranks**2).sum(axis=1)).prod()
    return float(ranks.prod(axis=0).sum() / spread) if spread > 0 else 0.0


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[places])


def _heaviest(composed: IntentTree, direct: IntentTree, nodes: Nodes) -> NDArray[np.int32]:
    """Of the composed tree, on every level of every kind, as many nodes as the direct reading has there."""
    kept = []
    for kind, level in sorted({(int(nodes.kinds[n]), int(nodes.levels[n])) for n in direct.nodes}):
        here = (nodes.kinds == kind) & (nodes.levels == level)
        rows = np.flatnonzero(here[composed.nodes])
        order = np.argsort(-composed.weights[rows], kind="stable")[: int(here[direct.nodes].sum())]
        kept.append(composed.nodes[rows[order]])
    return np.concatenate(kept)


def _f1(kept: NDArray[np.int32], direct: NDArray[np.int32], which: NDArray[np.bool_]) -> float:
    """Of the nodes that count; NaN where the direct reading has none of them."""
    one, other = kept[which[kept]], direct[which[direct]]
    both = len(np.intersect1d(one, other))
    return 2 * both / (len(one) + len(other)) if len(other) else float("nan")


def _mean(tree: IntentTree, nodes: Nodes) -> NDArray[np.float32]:
    total = tree.weights @ nodes.embeddings[tree.nodes]
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9), np.float32)
