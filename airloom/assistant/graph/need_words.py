"""The needs of intent paths by the words of their labels, and the products that they lead to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.graph.postings import WordHashes, WordPostings, idf
from airloom.assistant.graph.words import stems_of
from airloom.csr import csr_take
from airloom.intents.linking.nodes import CATEGORY, NEED
from airloom.ranking.snapshot import Snapshot

MAX_NEEDS: Final = 8
"""Needs that a request is compared with, the closest ones."""
MIN_CLOSENESS: Final = 0.2
"""Below, a need has no more than a common word of many with a request."""


class NamedNeed(NamedTuple):
    """A need that has words of a request.

    Attributes:
        node: Its node.
        closeness: Cosine of the words of its label and of the request, weighted by idf, in (0, 1].
    """

    node: int
    closeness: float


class NeedWords(NamedTuple):
    """Needs by words, and products by needs: those of the categories that paths with the need end at.

    Attributes:
        postings: Needs that lead to a product; rows are nodes.
        lengths: float32 [N], of each node's label as a vector of idf weights; 0 for other nodes.
        needs: How many there are.
        offsets: int64 [N + 1]; need n leads to the categories `categories[offsets[n]:offsets[n + 1]]`.
        categories: int32 [L], nodes.
        shares: float32 [L], of what a need's paths lead to, by their confidences.
        leaf_offsets: int64 [N + 1]; category c has the products `products[leaf_offsets[c]:...]`.
        products: int32 [P], rows of products on sale with a category.
    """

    postings: WordPostings
    lengths: NDArray[np.float32]
    needs: int
    offsets: NDArray[np.int64]
    categories: NDArray[np.int32]
    shares: NDArray[np.float32]
    leaf_offsets: NDArray[np.int64]
    products: NDArray[np.int32]

    @classmethod
    def of(cls, snapshot: Snapshot) -> NeedWords:
        """Return the needs of a snapshot."""
        count, labels = len(snapshot.nodes.labels), snapshot.nodes.labels
        leaves = snapshot.objects.leaves[snapshot.products]
        order = np.argsort(leaves, kind="stable")
        order = order[np.searchsorted(leaves[order], 0) :]  # without those of no category
        starts = np.searchsorted(leaves[order], np.arange(count + 1))
        needs, categories, shares = _links(snapshot, sold=np.unique(leaves[order]))
        linked = np.unique(needs)
        hashes = WordHashes()
        words = [[hashes[stem] for stem in sorted(set(stems_of(labels[node])))] for node in linked.tolist()]
        keys = np.array([key for own in words for key in own], np.uint64)
        owners = np.repeat(linked, [len(own) for own in words]).astype(np.int32)
        postings = WordPostings.of(keys, owners)
        tells = idf(len(linked), np.diff(postings.offsets))
        squares = np.repeat(tells**2, np.diff(postings.offsets))
        lengths = np.sqrt(np.bincount(postings.rows, squares, minlength=count)).astype(np.float32)
        return cls(
            postings,
            lengths,
            len(linked),
            np.searchsorted(needs, np.arange(count + 1)),
            categories,
            shares,
            starts,
            snapshot.products[order],
        )

    def nearest(self, stems: Sequence[str]) -> list[NamedNeed]:
        """Return the needs whose labels have words of a request, the closest first, `MAX_NEEDS` at most."""
        products: defaultdict[int, float] = defaultdict(float)
        square = 0.0
        for stem in dict.fromkeys(stems):
            nodes = self.postings.rows_of(stem)
            tells = float(idf(self.needs, len(nodes))) ** 2
            square += tells
            for node in nodes.tolist():
                products[node] += tells
        length = square**0.5
        near = (
            NamedNeed(node, product / (length * float(self.lengths[node])))
            for node, product in products.items()
        )
        ranked = sorted(near, key=lambda need: (-need.closeness, need.node))
        return [need for need in ranked[:MAX_NEEDS] if need.closeness >= MIN_CLOSENESS]

    def scores(self, needs: Sequence[NamedNeed], count: int) -> NDArray[np.float32]:
        """Return how surely a need of some leads to each product, float32 [count], in [0, 1]."""
        scores = np.zeros(count, np.float32)
        for node, closeness in needs:
            links = slice(self.offsets[node], self.offsets[node + 1])
            taken = csr_take(self.leaf_offsets, self.categories[links])
            rows = self.products[taken.rows]
            scores[rows] = np.maximum(scores[rows], closeness * self.shares[links][taken.lists])
        return scores

    def leads_to(self, node: int, category: int) -> bool:
        """Return whether a need leads to the products of a category."""
        return category in self.categories[self.offsets[node] : self.offsets[node + 1]]


def _links(
    snapshot: Snapshot, *, sold: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Return needs, ascending, with the categories of `sold` that their paths end at, and the shares."""
    nodes, count = snapshot.paths.nodes, len(snapshot.nodes.labels)
    kinds = np.append(snapshot.nodes.kinds, np.int8(-1))  # of no node
    is_need = kinds[nodes] == NEED
    last = nodes[np.arange(len(nodes)), np.maximum((nodes >= 0).sum(axis=1) - 1, 0)]
    linking = np.flatnonzero(is_need.any(axis=1) & (kinds[last] == CATEGORY) & np.isin(last, sold))
    needs = nodes[linking, is_need[linking].argmax(axis=1)].astype(np.int64)
    pairs, members = np.unique(needs * count + last[linking], return_inverse=True)
    weights = np.bincount(members, snapshot.paths.confidences[linking], minlength=len(pairs))
    owners = pairs // count if count else pairs
    totals = np.bincount(owners, weights, minlength=count)
    return (
        owners,
        (pairs % count if count else pairs).astype(np.int32),
        (weights / totals[owners]).astype(np.float32),
    )
