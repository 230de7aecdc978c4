"""Scores of products for a request without understanding it: words, embeddings, values that it mentions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array  # type: ignore[import-untyped]  # has no stubs

from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.graph.words import stems_of, words_of
from airloom.intents.encoding import TextEncoder

BM25: Final = "bm25"
EMBEDDING: Final = "embedding"
"""Names of the controls that compare the request's words with those of documents."""
SATURATION: Final = 1.2
LENGTH_WEIGHT: Final = 0.75
"""Parameters k1 and b of BM25 as usual (Robertson and Zaragoza 2009, Foundations and Trends in IR 3(4))."""


def documents_of(graph: CatalogueGraph) -> list[str]:
    """Return a text of each object: its title and its values."""
    attributes, titles = graph.snapshot.attributes, graph.snapshot.objects.titles
    return [
        ". ".join([title, *(attributes.values[value] for value in graph.all_values_of(row))])
        for row, title in enumerate(titles)
    ]


class Bm25:
    """BM25 over documents.

    Args:
        documents: One for each object.
    """

    def __init__(self, documents: Sequence[str]) -> None:
        stems = [stems_of(document) for document in documents]
        self._terms = {
            term: number for number, term in enumerate(sorted({s for all_ in stems for s in all_}))
        }
        lengths = np.array([len(own) for own in stems], np.float64)
        rows = np.repeat(np.arange(len(stems)), lengths.astype(np.int64))
        columns = np.array([self._terms[stem] for own in stems for stem in own], np.int64)
        shape = (len(documents), len(self._terms))
        counts = csc_array((np.ones(len(rows)), (rows, columns)), shape=shape)
        counts.sum_duplicates()
        having = np.diff(counts.indptr)
        idf = np.log1p((len(documents) - having + 0.5) / (having + 0.5))
        relative = 1 - LENGTH_WEIGHT + LENGTH_WEIGHT * lengths / max(lengths.mean(), 1.0)
        saturated = counts.data / (counts.data + SATURATION * relative[counts.indices])
        counts.data = saturated * (SATURATION + 1) * np.repeat(idf, having)
        self._weights = counts

    def __call__(self, query: str) -> NDArray[np.float32]:
        """Return the score of each document, float32 [n]."""
        terms = [self._terms[stem] for stem in stems_of(query) if stem in self._terms]
        return np.asarray(self._weights[:, terms].sum(axis=1), np.float32)


class NearestDocument:
    """Cosine of the embeddings of request and documents.

    Args:
        documents: One for each object.
        encoder: Of both.
    """

    def __init__(self, documents: Sequence[str], encoder: TextEncoder) -> None:
        self._encoder, self._vectors = encoder, encoder.encode(documents)

    def __call__(self, query: str) -> NDArray[np.float32]:
        """Return the cosine of each document, float32 [n]."""
        cosines: NDArray[np.float32] = self._vectors @ self._encoder.encode([query])[0]
        return cosines


class MentionedValues:
    """How many of the values that a request mentions a product has, and of those of the titles that it names.

    There is no grammar: negations, comparisons and claims count like everything else. Named titles are left
    out.

    Args:
        graph: Of the catalogue.
    """

    def __init__(self, graph: CatalogueGraph) -> None:
        self._graph = graph

    def __call__(self, query: str) -> NDArray[np.float32]:
        """Return the count for each object, float32 [O]; minus infinity for what is named."""
        graph, words = self._graph, words_of(query)
        attributes = graph.snapshot.attributes
        scores = np.zeros(len(graph.snapshot.objects.ids), np.float32)
        titles = [phrase for phrase in graph.titles.find(words) if len(phrase.words) > 1]
        in_titles = {index for phrase in titles for index in phrase.words}
        for phrase in graph.values.find(words):
            if not in_titles.intersection(phrase.words):
                scores[attributes.products_with(phrase.entries)] += 1
        named = sorted({int(row) for phrase in titles for row in phrase.entries})
        for value in sorted({value for row in named for value in graph.all_values_of(row)}):
            scores[attributes.products(value)] += 1
        scores[named] = -np.inf
        return scores


def by_popularity(graph: CatalogueGraph) -> NDArray[np.float32]:
    """Return the same score for everything."""
    return np.zeros(len(graph.snapshot.objects.ids), np.float32)
