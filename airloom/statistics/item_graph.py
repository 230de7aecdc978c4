"""A weighted item graph: summing edges, keeping the strongest, following them twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.csr import csr_take

PAIRS_PER_BLOCK: Final = 8_000_000
"""Edges that are held in memory before they are summed (about 50 bytes each)."""
DENSE_CELLS_PER_EDGE: Final = 8
"""Edges are summed in a dense table if it has at most this many cells for each of them, else by sorting."""


class ItemGraph(NamedTuple):
    """Weighted edges between objects, by source and then strongest first.

    Attributes:
        sources: int32 [L].
        targets: int32 [L].
        weights: float64 [L], positive.
    """

    sources: NDArray[np.int32]
    targets: NDArray[np.int32]
    weights: NDArray[np.float64]

    @classmethod
    def empty(cls) -> ItemGraph:
        """Return a graph without edges."""
        return cls(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0))

    @classmethod
    def concat(cls, graphs: Iterable[ItemGraph]) -> ItemGraph:
        """Return the edges of all graphs, one graph after the other."""
        sources, targets, weights = zip(cls.empty(), *graphs, strict=True)
        return cls(np.concatenate(sources), np.concatenate(targets), np.concatenate(weights))

    def where(self, mask: NDArray[np.bool_]) -> ItemGraph:
        """Return the edges for which `mask` holds."""
        return ItemGraph(self.sources[mask], self.targets[mask], self.weights[mask])

    def summed(self, count: int) -> ItemGraph:
        """Return one edge for every pair, by source and target; `count` is the number of objects.

        Edges whose weights sum to zero may be left out.

        Examples:
            >>> edges = ItemGraph(np.array([0, 1, 0]), np.array([2, 0, 2]), np.array([1.0, 4.0, 2.0]))
            >>> edges.summed(3).weights.tolist()
            [3.0, 4.0]
        """
        keys = self.sources.astype(np.int64) * count + self.targets
        first = int(keys.min()) if len(keys) else 0
        if int(keys.max(initial=first)) - first < DENSE_CELLS_PER_EDGE * len(keys):
            cells = np.bincount(keys - first, self.weights).astype(np.float64, copy=False)
            filled = np.flatnonzero(cells)
            keys, sums = filled + first, cells[filled]
        else:
            keys, edges = np.unique(keys, return_inverse=True)
            sums = np.bincount(edges, self.weights, minlength=len(keys)).astype(np.float64, copy=False)
        return ItemGraph((keys // count).astype(np.int32), (keys % count).astype(np.int32), sums)


def strongest(graphs: Iterable[ItemGraph], *, keep: int) -> ItemGraph:
    """Return the `keep` strongest edges of every source, by source, strongest first, ties by target.

    Args:
        graphs: No pair occurs twice in them.
        keep: Edges of one source.
    """
    best = ItemGraph.empty()
    for graph in graphs:
        edges = ItemGraph.concat((best, graph))
        # float32 is what is stored: ties must be broken as the reader sees them
        order = np.lexsort((edges.targets, -edges.weights.astype(np.float32), edges.sources))
        ordered = edges.sources[order]
        firsts = np.flatnonzero(np.diff(ordered, prepend=-1))
        ranks = np.arange(len(ordered)) - np.repeat(firsts, np.diff(firsts, append=len(ordered)))
        order = order[(ranks < keep) & (edges.weights[order] > 0)]
        best = ItemGraph(edges.sources[order], edges.targets[order], edges.weights[order])
    return best


def with_second_hop(graph: ItemGraph, near: ItemGraph, *, count: int, weight: float) -> Iterator[ItemGraph]:
    """Yield A + weight * N * S for graphs A and N, where the rows of S are the rows of N normalized to one.

    Args:
        graph: A, by source.
        near: N, the edges that are followed, by source; fewer of them cost less than their square.
        count: Number of objects.
        weight: Of the second hop.

    Yields:
        The edges of a group of sources, one group after the other; no object is linked to itself.
    """
    near_offsets, offsets = (np.searchsorted(edges.sources, np.arange(count + 1)) for edges in (near, graph))
    shares = near.weights / np.bincount(near.sources, near.weights, minlength=count)[near.sources]
    max_degree = int(np.diff(near_offsets).max(initial=1))
    group_size = max(PAIRS_PER_BLOCK // max_degree**2, 1)
    for begin in range(0, count, group_size):
        end = min(begin + group_size, count)
        rows = np.arange(near_offsets[begin], near_offsets[end])
        first_hop = ItemGraph(near.sources[rows], near.targets[rows], near.weights[rows])
        onward, edges = csr_take(near_offsets, first_hop.targets)
        second_hop = ItemGraph(
            first_hop.sources[edges],
            near.targets[onward],
            weight * first_hop.weights[edges] * shares[onward],
        )
        direct_rows = np.arange(offsets[begin], offsets[end])
        direct = ItemGraph(graph.sources[direct_rows], graph.targets[direct_rows], graph.weights[direct_rows])
        not_to_itself = second_hop.sources != second_hop.targets
        yield ItemGraph.concat((direct, second_hop.where(not_to_itself))).summed(count)
