"""The node table in the lake: append-only, so that a node's id means the same on every day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from airloom.intents.encoding import EmbeddingCache, TextEncoder
from airloom.intents.linking.cluster_representatives import cluster_representatives
from airloom.intents.linking.lake_inputs import NODE_NAMES
from airloom.intents.linking.node_names import NodeName, append_names, read_names
from airloom.intents.linking.nodes import CATEGORY, NEED, NO_NODE, Nodes
from airloom.intents.linking.taxonomy import CategoryPath, Taxonomy
from airloom.logs.lake import Lake


class CategoryTree(NamedTuple):
    """The merchant's categories with their nodes.

    Attributes:
        taxonomy: The categories.
        node_paths: Category to the ids of its nodes from the top down.
    """

    taxonomy: Taxonomy
    node_paths: Mapping[CategoryPath, Sequence[int]]


class Vocabulary:
    """Categories of the merchant and needs that reasoners named.

    The node of a need is decided once, when it is first seen, and never depends on what a person overrides:
    an override that is taken back leaves no trace. A second row for the same need is a separate node that a
    person asked for.

    Args:
        lake: Where the table is kept, under `intents/nodes/`.
        cache: Encodes the names.
        merge_at: Cosine from which two needs under the same parent are one node.
    """

    def __init__(self, lake: Lake, cache: EmbeddingCache, *, merge_at: float) -> None:
        self._folder = lake.path(NODE_NAMES)
        self._cache = cache
        self._merge_at = merge_at
        self._names: list[NodeName] = []
        self._nodes: list[NodeName] = []  # the own name of every node
        self._node_of: dict[tuple[int, int, str], int] = {}
        self._separate: dict[tuple[int, int, str], int] = {}
        self._representatives: dict[int, list[int]] = defaultdict(list)
        for name in read_names(self._folder):
            self._add(name)
        self._stored = len(self._names)

    def __getitem__(self, node: int) -> NodeName:
        """Return the own name of a node."""
        return self._nodes[node]

    def is_below(self, node: int, above: int) -> bool:
        """Return whether the category `above` is an ancestor of `node`, which may be -1."""
        while node != NO_NODE:
            node = self._nodes[node].parent
            if node == above:
                return True
        return False

    def categories(self) -> dict[int, str]:
        """Return every category ever known, as "Top > Mid > Leaf"; a parent comes before its children."""
        texts: dict[int, str] = {}
        for name in self._nodes:
            if name.kind == CATEGORY:
                label = " ".join(name.label.split())
                texts[name.node] = f"{texts[name.parent]} > {label}" if name.level else label
        return texts

    def needs(self) -> Iterator[tuple[int, str, int]]:
        """Yield parent, normalized label and node of every need, in the order in which they were named."""
        for (kind, parent, label), node in self._node_of.items():
            if kind == NEED:
                yield parent, label, node

    def add_categories(self, taxonomy: Taxonomy) -> CategoryTree:
        """Make a node of every category and return the tree with the nodes."""
        node_paths: dict[CategoryPath, list[int]] = {(): []}
        for path in taxonomy.categories:
            above = node_paths[path[:-1]]
            parent = above[-1] if above else NO_NODE
            node = self._node_of.get((CATEGORY, parent, path[-1]))
            if node is None:
                node = len(self._nodes)
                label, text = taxonomy.spelling[path], taxonomy.text(path)
                self._add(NodeName(node, label, path[-1], parent, len(above), CATEGORY, text))
            node_paths[path] = [*above, node]
        return CategoryTree(taxonomy, node_paths)

    def add_needs(self, labels: Iterable[str], *, parent: int = NO_NODE) -> dict[str, int]:
        """Make a node of every new need, unless one that means nearly the same has the same parent.

        Args:
            labels: Normalized; added in alphabetical order, so that the result does not depend on theirs.
            parent: Node of the category that the needs belong to; by default they stand above all.

        Returns:
            Label to node.
        """
        unique = sorted(set(labels))
        new = [label for label in unique if (NEED, parent, label) not in self._node_of]
        if new:
            nodes = self._representatives[parent]
            vectors = self._cache.encode([*(self._nodes[node].text for node in nodes), *new])
            clusters = cluster_representatives(vectors, known=len(nodes), merge_at=self._merge_at)
            for label, cluster in zip(new, clusters.tolist(), strict=True):
                node = nodes[cluster] if cluster < len(nodes) else len(self._nodes)
                self._add(self._need(node, label, parent))
        return {label: self._node_of[NEED, parent, label] for label in unique}

    def separate_node(self, label: str, *, parent: int) -> int:
        """Return the node with the name of a known need, made for it if the need was merged into another."""
        key = (NEED, parent, label)
        node = self._node_of[key]
        if self._nodes[node].key == label:
            return node
        if key not in self._separate:
            self._add(self._need(len(self._nodes), label, parent))
        return self._separate[key]

    def nodes(self) -> Nodes:
        """Return the table that ranking reads."""
        return Nodes(
            labels=[name.label for name in self._nodes],
            parents=np.array([name.parent for name in self._nodes], np.int32),
            levels=np.array([name.level for name in self._nodes], np.int8),
            kinds=np.array([name.kind for name in self._nodes], np.int8),
            embeddings=self._cache.encode([name.text for name in self._nodes]),
        )

    def save(self) -> None:
        """Write what is new as one more file, whole or not at all."""
        append_names(self._folder, self._names[self._stored :], after=self._stored)
        self._stored = len(self._names)

    def _need(self, node: int, label: str, parent: int) -> NodeName:
        level = 0 if parent == NO_NODE else self._nodes[parent].level + 1
        return NodeName(node, label, label, parent, level, NEED, label)

    def _add(self, name: NodeName) -> None:
        self._names.append(name)
        key = (name.kind, name.parent, name.key)
        first = key not in self._node_of
        (self._node_of if first else self._separate)[key] = name.node
        if name.node == len(self._nodes):  # ids are given out in the order of the names
            self._nodes.append(name)
            if first and name.kind == NEED:
                self._representatives[name.parent].append(name.node)


def load_nodes(lake: Lake, *, encoder: TextEncoder) -> Nodes:
    """Return the node table as the last `resolve_objects` left it; embeddings come from the cache."""
    return Vocabulary(lake, EmbeddingCache(lake, encoder), merge_at=1.0).nodes()
