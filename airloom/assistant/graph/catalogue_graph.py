"""The item-attribute graph as an assistant reads it: by phrases, by products and by values."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.graph.need_words import NeedWords
from airloom.assistant.graph.phrases import PhraseIndex
from airloom.assistant.graph.postings import WordPostings
from airloom.assistant.graph.product_words import ProductWords, is_own
from airloom.assistant.graph.relations import KINDS, OF_OTHERS, SOFT
from airloom.assistant.graph.words import stems_of
from airloom.csr import csr_take
from airloom.intents.linking.nodes import CATEGORY as NODE_OF_CATEGORY
from airloom.intents.linking.nodes import NO_NODE
from airloom.intents.paths import normalize_label
from airloom.knowledge.claims import Relation
from airloom.knowledge.edges import BRAND, CATEGORY
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.snapshot_cache import Arrays

VERSION: Final = "assistant-2"
"""Names the arrays that are kept beside a snapshot."""
MAX_SHARE: Final = 0.05
"""A value that more products have says nothing about what two of them have in common, unless it is asked."""
RELATION_WORDS: Final[Mapping[str, str]] = {
    BRAND: "maker manufacturer company",
    "color": "colour",
    str(Relation.MATERIAL): "fabric",
    CATEGORY: "kind",
    "starring": "actor actress star cast performer performance acting lead talent",
    "directed_by": "director filmmaker",
    "produced_by": "producer studio company production",
    "written_by": "author writer screenwriter",
    "music_by": "composer music",
    "cinematography": "cinematographer cinematographic camera",
}
"""Words of requests for relations; those of a relation that a catalogue does not have do nothing."""
_NONE: Final = np.empty(0, np.int32)


class Edge(NamedTuple):
    """A product has a value of a relation, and who says so."""

    relation: str
    value: str
    source: str
    confidence: float


class CatalogueGraph:
    """Looks up phrases, titles, words and edges of one snapshot.

    Args:
        snapshot: Its arrays of phrases are kept beside it, if it keeps any.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        relations = sorted(set(snapshot.attributes.relations))
        self._relation_of = {stems_of(name.replace("_", " ")): name for name in relations}
        for name in relations:
            for word in RELATION_WORDS.get(name, "").split():
                self._relation_of.setdefault(stems_of(word), name)
        categories = np.flatnonzero(snapshot.nodes.kinds == NODE_OF_CATEGORY)
        counts = Counter(normalize_label(snapshot.nodes.labels[node]) for node in categories.tolist())
        self._shared_labels = {label for label, count in counts.items() if count > 1}
        arrays = snapshot.cache.arrays(VERSION, lambda: _arrays(snapshot))
        self.values = PhraseIndex(arrays["value_hashes"], arrays["value_entries"], int(arrays["longest"][0]))
        self.titles = PhraseIndex(arrays["title_hashes"], arrays["title_entries"], int(arrays["longest"][1]))
        self.product_words = ProductWords(_postings(arrays, "word"), len(snapshot.products))
        self.need_words = NeedWords(
            _postings(arrays, "need"),
            arrays["need_lengths"],
            int(arrays["needs"][0]),
            arrays["link_offsets"],
            arrays["link_categories"],
            arrays["link_shares"],
            arrays["leaf_offsets"],
            arrays["leaf_products"],
        )
        self._edge_offsets, self._edges = arrays["edge_offsets"], arrays["edges"]
        self._edge_values, self._is_own = arrays["edge_values"], arrays["is_own_edge"]

    def has_word(self, stem: str) -> bool:
        """Return whether any product on sale, or any need that leads to one, has a word."""
        return any(len(index.postings.rows_of(stem)) for index in (self.product_words, self.need_words))

    def object_of(self, title: str) -> int | None:
        """Return the object of a title: of several, the most popular one on sale; None without one."""
        rows = self.titles.exact(title)
        if not len(rows):
            return None
        objects = self.snapshot.objects
        return int(rows[np.lexsort((rows, -objects.popularity[rows], ~objects.active[rows]))[0]])

    def values_called(self, text: str, relation: str) -> NDArray[np.int32]:
        """Return the values of a relation that read as a text does, int32 [n]: "cat bed" and "cat beds"."""
        relations = self.snapshot.attributes.relations
        values = self.values.exact(text).tolist()
        return np.array([value for value in values if relations[value] == relation], np.int32)

    def about_products(self, values: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return those of some values that say something about the products that have them."""
        relations = self.snapshot.attributes.relations
        return np.array([value for value in values.tolist() if relations[value] not in OF_OTHERS], np.int32)

    def kinds(self, values: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return those of some values that say what kind of thing a product is."""
        relations = self.snapshot.attributes.relations
        return np.array([value for value in values.tolist() if relations[value] in KINDS], np.int32)

    def kinds_named(self, nodes: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the kinds of products that have the labels of some nodes, ascending."""
        labels = {self.snapshot.nodes.labels[node] for node in nodes.tolist() if node != NO_NODE}
        return self.kinds_called(sorted(labels))

    def kinds_called(self, labels: Iterable[str]) -> NDArray[np.int32]:
        """Return the kinds of products that have any of some labels, ascending."""
        return self.kinds(np.unique(np.concatenate([_NONE, *map(self.values.exact, labels)])))

    def relations_of(self, values: NDArray[np.int32]) -> set[str]:
        """Return the relations of some values."""
        return {self.snapshot.attributes.relations[value] for value in values.tolist()}

    def is_hard(self, values: NDArray[np.int32]) -> bool:
        """Return whether a product without any of some values surely does not fit."""
        return bool(self.relations_of(values) - SOFT)

    def relation_called(self, word: str) -> str | None:
        """Return the relation that a word of a request names, such as "colors"; None if it names none."""
        return self._relation_of.get(stems_of(word))

    def edges_of(self, row: int) -> NDArray[np.int64]:
        """Return the edges of an object, int64 [n], in the order of relations and values."""
        return self._edges[self._edge_offsets[row] : self._edge_offsets[row + 1]]

    def edge(self, index: int) -> Edge:
        """Return an edge in words."""
        graph, value = self.snapshot.attributes, int(self._edge_values[index])
        return Edge(
            graph.relations[value],
            graph.values[value],
            graph.source_names[int(graph.sources[index])],
            float(graph.confidences[index]),
        )

    def all_values_of(self, row: int) -> list[int]:
        """Return the values of all relations that an object has, ascending."""
        values: list[int] = self._edge_values[self.edges_of(row)].tolist()
        return values

    def own_edges(self, row: int) -> list[Edge]:
        """Return what is said about a product itself, not about its whole category or other things."""
        edges = self.edges_of(row)
        return [self.edge(index) for index in edges[self._is_own[edges]].tolist()]

    def values_of(self, row: int, relation: str) -> list[int]:
        """Return the values of one relation that an object has, ascending."""
        return [
            value
            for value in self.all_values_of(row)
            if self.snapshot.attributes.relations[value] == relation
        ]

    def sources_of(self, rows: Sequence[int], relation: str) -> dict[str, str]:
        """Return the values of one relation that some objects have, ascending, with the surest source."""
        edges = self._edges[csr_take(self._edge_offsets, np.array(rows, np.int64)).rows]
        relations = self.snapshot.attributes.relations
        values = [number for number, name in enumerate(relations) if name == relation]
        strongest: dict[str, Edge] = {}
        for edge in map(self.edge, edges[np.isin(self._edge_values[edges], values)].tolist()):
            if edge.value not in strongest or edge.confidence > strongest[edge.value].confidence:
                strongest[edge.value] = edge
        return {value: strongest[value].source for value in sorted(strongest)}

    def category_path(self, row: int, edge: Edge) -> tuple[str, ...]:
        """Return the labels down to the category that an edge of a product names, if others are called so.

        Empty for what is no category, or the only one of its label.
        """
        if edge.relation not in KINDS or edge.value not in self._shared_labels:
            return ()
        nodes = self.snapshot.nodes
        path = nodes.path_to(int(self.snapshot.objects.leaves[row]))
        labels = [normalize_label(nodes.labels[node]) for node in path]
        return tuple(labels[: labels.index(edge.value) + 1]) if edge.value in labels else ()

    def values_that_tell(self, row: int, relation: str | None) -> list[int]:
        """Return values of one relation that an object has; of none, those of any hard one that few have."""
        attributes = self.snapshot.attributes
        most = MAX_SHARE * len(self.snapshot.products) if relation is None else len(self.snapshot.objects.ids)
        return [
            value
            for value in self.all_values_of(row)
            if attributes.relations[value] not in SOFT | OF_OTHERS
            and relation in (None, attributes.relations[value])
            and len(attributes.products(value)) <= most
        ]

    def edge_to(self, row: int, values: NDArray[np.int32]) -> Edge | None:
        """Return the surest edge of an object to any of some values; None if it has none of them."""
        edges = self.edges_of(row)
        fits = edges[np.isin(self._edge_values[edges], values)]
        if not len(fits):
            return None
        return self.edge(int(fits[np.argmax(self.snapshot.attributes.confidences[fits])]))


def _arrays(snapshot: Snapshot) -> Arrays:
    graph, objects = snapshot.attributes, snapshot.objects
    own = ((value, number) for number, value in enumerate(graph.values))
    values = PhraseIndex.of(itertools.chain(own, graph.aliases))
    titles = PhraseIndex.of((title, row) for row, title in enumerate(objects.titles))
    words, needs = ProductWords.of(snapshot), NeedWords.of(snapshot)
    return {
        "value_hashes": values.hashes,
        "value_entries": values.entries,
        "title_hashes": titles.hashes,
        "title_entries": titles.entries,
        "longest": np.array([values.longest, titles.longest]),
        **_arrays_of(words.postings, "word"),
        **_arrays_of(needs.postings, "need"),
        "need_lengths": needs.lengths,
        "needs": np.array([needs.needs]),
        "link_offsets": needs.offsets,
        "link_categories": needs.categories,
        "link_shares": needs.shares,
        "leaf_offsets": needs.leaf_offsets,
        "leaf_products": needs.products,
        "edges": np.argsort(graph.objects, kind="stable"),
        "edge_offsets": np.searchsorted(np.sort(graph.objects), np.arange(len(objects.ids) + 1)),
        "is_own_edge": is_own(graph),
        "edge_values": np.repeat(np.arange(len(graph.values), dtype=np.int32), np.diff(graph.offsets)),
    }


def _postings(arrays: Arrays, name: str) -> WordPostings:
    return WordPostings(*(arrays[f"{name}_{field}"] for field in WordPostings._fields))


def _arrays_of(postings: WordPostings, name: str) -> Arrays:
    return {f"{name}_{field}": values for field, values in postings._asdict().items()}
