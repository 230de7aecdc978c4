"""The node table in the lake: it only grows, so a node's id means the same on every day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from airloom.intents.encoding import EmbeddingCache, TextEncoder
from airloom.intents.linking.cluster_representatives import leaders
from airloom.intents.linking.node_names import Name, append_names, read_names
from airloom.intents.linking.nodes import CATEGORY, NEED, NO_NODE, Nodes
from airloom.intents.linking.taxonomy import CategoryPath, Taxonomy
from airloom.logs.lake import Lake


class Vocabulary:
    """Categories of the merchant and needs that reasoners named.

    Where a need leads is decided once, when it is first seen, and never depends on what a person overrides:
    an override that is taken back leaves no trace. A second row for the same need is a node of its own that
    a person asked for.

    Args:
        lake: Where the table is kept, under `intents/nodes/`.
        cache: Encodes the names.
        merge_at: Cosine from which two needs under the same parent are one node.
    """

    def __init__(self, lake: Lake, cache: EmbeddingCache, *, merge_at: float) -> None:
        self._folder = lake.path("intents", "nodes")
        self._cache = cache
        self._merge_at = merge_at
        self._names: list[Name] = []
        self._nodes: list[Name] = []  # the own name of every node
        self._leads: dict[tuple[int, int, str], int] = {}
        self._apart: dict[tuple[int, int, str], int] = {}
        self._leaders: dict[int, list[int]] = defaultdict(list)
        for name in read_names(self._folder):
            self._add(name)
        self._stored = len(self._names)

    def __getitem__(self, node: int) -> Name:
        """The own name of a node."""
        return self._nodes[node]

    def is_below(self, node: int, above: int) -> bool:
        """Whether the category `above` stands over `node`, which may be -1."""
        while node != NO_NODE:
            node = self._nodes[node].parent
            if node == above:
                return True
        return False

    def categories(self) -> dict[int, str]:
        """Every category that was ever known, as "Top > Mid > Leaf"; a parent comes before its children."""
        texts: dict[int, str] = {}
        for name in self._nodes:
            if name.kind == CATEGORY:
                label = " ".join(name.label.split())
                texts[name.node] = f"{texts[name.parent]} > {label}" if name.level else label
        return texts

    def needs(self) -> Iterator[tuple[int, str, int]]:
        """Parent, normalised label and node of every need, in the order in which they were named."""
        for (kind, parent, label), node in self._leads.items():
            if kind == NEED:
                yield parent, label, node

    def add_categories(self, taxonomy: Taxonomy) -> dict[CategoryPath, list[int]]:
        """Make a node of every category; returns the ids from the top down to each of them."""
        walks: dict[CategoryPath, list[int]] = {(): []}
        for path in taxonomy.categories:
            above = walks[path[:-1]]
            parent = above[-1] if above else NO_NODE
            node = self._leads.get((CATEGORY, parent, path[-1]))
            if node is None:
                node = len(self._nodes)
                self._add(
                    Name(
                        node,
                        taxonomy.spelling[path],
                        path[-1],
                        parent,
                        len(above),
                        CATEGORY,
                        taxonomy.text(path),
                    )
                )
            walks[path] = [*above, node]
        return walks

    def add_needs(self, labels: Iterable[str], *, parent: int = NO_NODE) -> dict[str, int]:
        """Make a node of every new need, unless one that means nearly the same has the same parent.

        Args:
            labels: Normalised; taken in alphabetical order, so that the result does not depend on theirs.
            parent: Node of the category that the needs belong to; by default they stand above all.

        Returns:
            Label to node.
        """
        named = sorted(set(labels))
        new = [label for label in named if (NEED, parent, label) not in self._leads]
        if new:
            nodes = self._leaders[parent]
            vectors = self._cache.encode([*(self._nodes[node].text for node in nodes), *new])
            places = leaders(vectors, known=len(nodes), merge_at=self._merge_at).tolist()
            for label, place in zip(new, places, strict=True):
                node = nodes[place] if place < len(nodes) else len(self._nodes)
                self._add(self._need(node, label, parent))
        return {label: self._leads[NEED, parent, label] for label in named}

    def set_apart(self, label: str, *, parent: int) -> int:
        """The node that bears the name of a known need, made for it if the need was merged into another."""
        key = (NEED, parent, label)
        node = self._leads[key]
        if self._nodes[node].key == label:
            return node
        if key not in self._apart:
            self._add(self._need(len(self._nodes), label, parent))
        return self._apart[key]

    def nodes(self) -> Nodes:
        """The table that ranking reads."""
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

    def _need(self, node: int, label: str, parent: int) -> Name:
        level = 0 if parent == NO_NODE else self._nodes[parent].level + 1
        return Name(node, label, label, parent, level, NEED, label)

    def _add(self, name: Name) -> None:
        self._names.append(name)
        key = (name.kind, name.parent, name.key)
        first = key not in self._leads
        (self._leads if first else self._apart)[key] = name.node
        if name.node == len(self._nodes):  # ids are given out in the order of the names
            self._nodes.append(name)
            if first and name.kind == NEED:
                self._leaders[name.parent].append(name.node)


def load_nodes(lake: Lake, *, encoder: TextEncoder) -> Nodes:
    """The node table as the last `resolve_objects` left it; embeddings come from the cache."""
    return Vocabulary(lake, EmbeddingCache(lake, encoder), merge_at=1.0).nodes()
