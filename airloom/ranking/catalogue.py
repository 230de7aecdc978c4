"""Arrays that ranking derives once from a snapshot: log prices, log popularity, categories of products."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.intents.linking.nodes import NO_NODE, Nodes
from airloom.ranking.snapshot import Neighbors, ObjectPaths, Snapshot

LEVELS: Final = 3
"""Category levels that inputs use: the leaf, its parent and its grandparent."""


class Catalogue(NamedTuple):
    """Plain arrays over a snapshot's objects and nodes.

    Attributes:
        categories: int32 [O, LEVELS], a product's leaf, its parent and its grandparent, or -1.
        log_popularity: float32 [O], log(1 + popularity).
        log_prices: float32 [O], natural logarithm of the price, NaN where unknown.
        embeddings: float32 [O, D], unit length.
        node_embeddings: float32 [N, D], unit length.
        texts: float32 [O, d], objects in fewer dimensions; see `airloom.ranking.texts.Texts`.
        node_texts: float32 [N, d], those of nodes.
        levels: int8 [N], level of every node.
        paths: The intent paths of every object.
        neighbors: The products bought together with every object (item-CF).
    """

    categories: NDArray[np.int32]
    log_popularity: NDArray[np.float32]
    log_prices: NDArray[np.float32]
    embeddings: NDArray[np.float32]
    node_embeddings: NDArray[np.float32]
    texts: NDArray[np.float32]
    node_texts: NDArray[np.float32]
    levels: NDArray[np.int8]
    paths: ObjectPaths
    neighbors: Neighbors

    @classmethod
    def of(cls, snapshot: Snapshot) -> Catalogue:
        """Return the catalogue of `snapshot`; its memory-mapped arrays are not copied."""
        objects, nodes = snapshot.objects, snapshot.nodes
        prices = np.where(objects.prices > 0, objects.prices, np.nan)
        return cls(
            categories=_categories(objects.leaves, nodes),
            log_popularity=np.log1p(objects.popularity).astype(np.float32),
            log_prices=np.log(prices).astype(np.float32),
            embeddings=objects.embeddings,
            node_embeddings=nodes.embeddings,
            texts=snapshot.texts.objects,
            node_texts=snapshot.texts.nodes,
            levels=nodes.levels,
            paths=snapshot.paths,
            neighbors=snapshot.neighbors,
        )


def top_categories(snapshot: Snapshot) -> NDArray[np.int32]:
    """Return the root category of each product, int32 [O]; -1 without a category."""
    parents = np.append(snapshot.nodes.parents, NO_NODE).astype(np.int32)
    tops = np.asarray(snapshot.objects.leaves, np.int32)
    while (parents[tops] != NO_NODE).any():
        tops = np.where(parents[tops] != NO_NODE, parents[tops], tops)
    return tops


def _categories(leaves: NDArray[np.int32], nodes: Nodes) -> NDArray[np.int32]:
    parents = np.append(nodes.parents, NO_NODE).astype(np.int32)  # the parent of "no node" is "no node"
    columns = [np.asarray(leaves, np.int32)]
    for _ in range(LEVELS - 1):
        columns.append(parents[columns[-1]])
    return np.stack(columns, axis=1)
