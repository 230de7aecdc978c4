"""Which products have a word in their title or in what is said about them, and how much the word tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.graph.postings import WordHashes, WordPostings, idf
from airloom.assistant.graph.relations import OF_OTHERS
from airloom.assistant.graph.words import stems_of
from airloom.csr import csr_take
from airloom.knowledge.claims import RULES, Relation
from airloom.ranking.attribute_graph import AttributeGraph
from airloom.ranking.snapshot import Snapshot

NO_ROWS: Final[Mapping[str, NDArray[np.int32]]] = {}


class ProductWords(NamedTuple):
    """The products of each word.

    Attributes:
        postings: Rows of products on sale.
        products: How many products there are.
    """

    postings: WordPostings
    products: int

    @classmethod
    def of(cls, snapshot: Snapshot) -> ProductWords:
        """Return the words of all products on sale: of their titles and of their own values.

        The needs that rules name are those of a whole category, and `NeedWords` knows more of them.
        """
        hashes, graph, titles = WordHashes(), snapshot.attributes, snapshot.objects.titles
        keys: list[int] = []
        owners: list[int] = []
        for row in snapshot.products.tolist():
            words = [hashes[stem] for stem in stems_of(titles[row])]
            keys += words
            owners += [row] * len(words)
        of_values = [[hashes[stem] for stem in stems_of(value)] for value in graph.values]
        edges = np.flatnonzero(is_own(graph) & np.isin(graph.objects, snapshot.products))
        values = np.repeat(np.arange(len(graph.values)), np.diff(graph.offsets))[edges]
        offsets = np.cumsum([0, *map(len, of_values)])
        words_of_edges = csr_take(offsets, values)
        flat = np.array([key for own in of_values for key in own], np.uint64)
        return cls(
            WordPostings.of(
                np.concatenate([np.array(keys, np.uint64), flat[words_of_edges.rows]]),
                np.concatenate([np.array(owners, np.int32), graph.objects[edges][words_of_edges.lists]]),
            ),
            len(snapshot.products),
        )

    def scores(
        self, stems: Sequence[str], count: int, *, also: Mapping[str, NDArray[np.int32]] = NO_ROWS
    ) -> NDArray[np.float32]:
        """Return how well each product fits some words, float32 [count]: the share of what the words tell.

        A word that no product has tells as much as one of a single product (see `idf`), so that a score is
        rarely 1.

        Args:
            stems: The words.
            count: Objects of the snapshot.
            also: Further rows that fit a word, whatever their texts say; each ascending.
        """
        scores = np.zeros(count, np.float32)
        total = 0.0
        for stem in dict.fromkeys(stems):
            rows = self.postings.rows_of(stem)
            if stem in also:
                rows = np.union1d(rows, also[stem])
            tells = float(idf(self.products, len(rows)))
            scores[rows] += tells
            total += tells
        return scores / np.float32(total) if total else scores


def is_own(graph: AttributeGraph) -> NDArray[np.bool_]:
    """Return which edges say something about the product itself, bool [E]."""
    relations = np.repeat(np.array(graph.relations, object), np.diff(graph.offsets))
    by_rules = np.array([source == RULES for source in graph.source_names], np.bool_)[graph.sources]
    of_category = (relations == str(Relation.NEED)) & by_rules
    return np.asarray(~np.isin(relations, list(OF_OTHERS)) & ~of_category, np.bool_)
