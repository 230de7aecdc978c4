"""The intent chain that speaks for a product: one path that the events behind it really have.

A *chain* is one intent path of an object, with or without its need, cut after one of its categories. It
speaks for a product if that category is one of the product's and one of the nodes that the ranker retrieved
for it. The need is shown only if the whole path leads to the product: nothing is cut off.

What is only similar to the product is no chain. Of several chains the one with the finest category is shown,
then the one whose need the ranker retrieved first, then that of the strongest event. The events behind it are
those of the evidence whose object has this very chain.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled
from airloom.intents.linking.nodes import CATEGORY, MAX_DEPTH, NO_NODE
from airloom.ranking.snapshot import Snapshot

MAX_REASON_EVENTS: Final = 3
"""Events shown behind a chain."""


class Chains(NamedTuple):
    """The chains of some products.

    Attributes:
        nodes: int32 [n, MAX_DEPTH], node ids coarse to fine, padded with -1; no node where none speaks.
        events: int32 [n, MAX_REASON_EVENTS], indices of the events behind it, strongest first, or -1.
    """

    nodes: NDArray[np.int32]
    events: NDArray[np.int32]


def chains_of(
    snapshot: Snapshot,
    objects: NDArray[np.int32],
    *,
    products: NDArray[np.int32],
    retrieved: NDArray[np.int32],
    evidence: NDArray[np.int32],
) -> Chains:
    """Return the chain that speaks for each product, and the events behind it.

    Args:
        snapshot: Knows the paths of objects and the categories of products.
        objects: int32 [E], rows of what the user's events were about.
        products: int32 [n], rows of the snapshot.
        retrieved: int32 [n, K], ids of the nodes that the ranker read for a product, strongest first, or -1.
        evidence: int32 [n, M], indices of the events that it read, strongest first, or -1.

    Raises:
        IndexError: The ranker read an event that the user does not have.
    """
    if evidence.max(initial=-1) >= len(objects):  # compiled code would read beyond the array
        raise IndexError(f"an event beyond the last of {len(objects)}")
    chains = Chains(
        np.full((len(products), MAX_DEPTH), NO_NODE, np.int32),
        np.full((len(products), MAX_REASON_EVENTS), -1, np.int32),
    )
    nodes, paths = snapshot.nodes, snapshot.paths
    _fill(
        chains.nodes,
        chains.events,
        (nodes.parents, nodes.levels, nodes.kinds),
        (paths.offsets, paths.nodes),
        objects,
        snapshot.objects.leaves[products],
        retrieved,
        evidence,
    )
    return chains


_Tree = tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.int8]]
"""`parents`, `levels` and `kinds` of `Nodes`."""
_Paths = tuple[NDArray[np.int64], NDArray[np.int32]]
"""`offsets` and `nodes` of `ObjectPaths`."""


@compiled
def _fill(
    chains: NDArray[np.int32],
    chain_events: NDArray[np.int32],
    tree: _Tree,
    paths: _Paths,
    objects: NDArray[np.int32],
    leaves: NDArray[np.int32],
    retrieved: NDArray[np.int32],
    evidence: NDArray[np.int32],
) -> None:
    _, levels, kinds = tree
    offsets, path_nodes = paths
    categories = np.empty(MAX_DEPTH, np.int32)
    for product in range(len(leaves)):
        _write_retrieved_categories(categories, leaves[product], tree, retrieved[product])
        best_level, best_rank, best_path, best_cut = -1, 0, -1, -1
        for event in evidence[product]:
            if event < 0:
                break
            for path in range(offsets[objects[event]], offsets[objects[event] + 1]):
                cut = _cut(path_nodes, path, categories, levels)
                if cut < 0:
                    continue
                level = levels[path_nodes[path, cut]]
                if level >= best_level:
                    rank = _need_rank(path_nodes, path, cut, kinds, retrieved[product])
                    if level > best_level or rank < best_rank:
                        best_level, best_rank, best_path, best_cut = level, rank, path, cut
        if best_path >= 0:
            _write(chains[product], path_nodes, best_path, best_cut, kinds)
            _write_events(chain_events[product], chains[product], paths, objects, evidence[product], kinds)


@compiled
def _write_retrieved_categories(
    categories: NDArray[np.int32], leaf: int, tree: _Tree, retrieved: NDArray[np.int32]
) -> None:
    """Write the categories of a product by level; -1 where it was not retrieved."""
    parents, levels, _ = tree
    categories[:] = NO_NODE
    category = leaf
    while category != NO_NODE:
        for node in retrieved:
            if node == category:
                categories[levels[category]] = category
        category = parents[category]


# a path is passed as its row: a slice of the array would cost as much as what is looked up in it


@compiled
def _cut(
    path_nodes: NDArray[np.int32], path: int, categories: NDArray[np.int32], levels: NDArray[np.int8]
) -> int:
    """Return the index of the finest node of a path that is one of the categories, -1 if none is."""
    for index in range(path_nodes.shape[1] - 1, -1, -1):
        node = path_nodes[path, index]
        if node != NO_NODE and categories[levels[node]] == node:
            return index
    return -1


@compiled
def _is_whole(path_nodes: NDArray[np.int32], path: int, cut: int) -> bool:
    """Whether nothing of a path follows `cut`."""
    last = path_nodes.shape[1] - 1
    return cut == last or bool(path_nodes[path, cut + 1] == NO_NODE)


@compiled
def _need_rank(
    path_nodes: NDArray[np.int32],
    path: int,
    cut: int,
    kinds: NDArray[np.int8],
    retrieved: NDArray[np.int32],
) -> int:
    """Return the rank of a path's need among the retrieved nodes; their number without one that is shown."""
    if _is_whole(path_nodes, path, cut):
        for index in range(cut):
            if kinds[path_nodes[path, index]] != CATEGORY:
                for rank in range(len(retrieved)):
                    if retrieved[rank] == path_nodes[path, index]:
                        return rank
    return len(retrieved)


@compiled
def _write(
    chain: NDArray[np.int32], path_nodes: NDArray[np.int32], path: int, cut: int, kinds: NDArray[np.int8]
) -> None:
    """Write a path until `cut`, without its need if the path goes on from there."""
    with_need, count = _is_whole(path_nodes, path, cut), 0
    for index in range(cut + 1):
        node = path_nodes[path, index]
        if with_need or kinds[node] == CATEGORY:
            chain[count] = node
            count += 1


@compiled
def _write_events(
    events: NDArray[np.int32],
    chain: NDArray[np.int32],
    paths: _Paths,
    objects: NDArray[np.int32],
    evidence: NDArray[np.int32],
    kinds: NDArray[np.int8],
) -> None:
    """Write the strongest events whose object has the chain."""
    offsets, path_nodes = paths
    count = 0
    for event in evidence:
        if event < 0 or count == len(events):
            break
        for path in range(offsets[objects[event]], offsets[objects[event] + 1]):
            if _has_chain(path_nodes, path, chain, kinds):
                events[count] = event
                count += 1
                break


@compiled
def _has_chain(
    path_nodes: NDArray[np.int32], path: int, chain: NDArray[np.int32], kinds: NDArray[np.int8]
) -> bool:
    """Whether a path is a chain, or its categories only begin with the nodes of the chain."""
    whole, categories, position, length = True, True, 0, 0
    for index in range(len(chain)):
        if chain[index] == NO_NODE:
            break
        length = index + 1
        whole = whole and path_nodes[path, index] == chain[index]
        while position < path_nodes.shape[1] and path_nodes[path, position] != NO_NODE:
            if kinds[path_nodes[path, position]] == CATEGORY:
                break
            position += 1
        in_path = position < path_nodes.shape[1] and path_nodes[path, position] == chain[index]
        categories = categories and in_path
        if not whole and not categories:
            return False
        position += 1
    return categories or _is_whole(path_nodes, path, length - 1)
