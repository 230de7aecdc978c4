"""The reasoner that needs no language model: the merchant's categories whose products sound like the title.

It is the control that every language model must beat: it sees only words that look alike, where a language
model knows what a situation calls for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.intents.answers import ENCODER, Answer, Outcome, Version
from airloom.intents.atoms import Atom
from airloom.intents.encoding import EmbeddingCache
from airloom.intents.paths import IntentPath
from airloom.intents.vocabulary.taxonomy import Taxonomy
from airloom.logs.contract import COMMERCE

METHOD: Final = "1"
"""Raise it when the same title would get another answer."""

PATHS: Final = 3
HALF_SURE_AT: Final = 0.39
SOFTNESS: Final = 0.094
"""A logistic curve through (`HALF_SURE_AT`, 0.5) turns a score into a confidence. It was fitted once to the
share of right leaves at each score in the sample world; it scales answers and never reorders them."""
MIN_CONFIDENCE: Final = 0.05
"""Weaker paths are not answered: most of what is left out is entertainment."""


class EncoderReasoner:
    """Compares titles with the mean title of every leaf category and of the shelf that the leaf stands on.

    A leaf's score is half its own cosine, half the mean cosine of the leaves under the same parent: people
    who need one thing of a shelf often need its neighbours. What all leaves share is taken away first.

    Args:
        objects: The objects as of today; its products draw the tree.
        cache: Encodes titles.
    """

    def __init__(self, objects: pa.Table, cache: EmbeddingCache) -> None:
        self._cache = cache
        products = objects.filter(pc.equal(objects["domain"], COMMERCE))
        taxonomy = Taxonomy.of(products)
        self._leaves = taxonomy.leaves
        self._centres = _centres(cache.encode(products["title"].to_pylist()), taxonomy)
        shelves = [path[:-1] for path in self._leaves]
        self._shelf = np.unique(np.array([repr(shelf) for shelf in shelves]), return_inverse=True)[1]

    @property
    def name(self) -> str:
        """`encoder`."""
        return ENCODER

    @property
    def version(self) -> Version:
        """The encoder's weights and this method."""
        return Version(ENCODER, self._cache.encoder.name, METHOD)

    def read(self, chunks: Iterator[pa.Table]) -> Iterator[Sequence[Outcome]]:
        """The nearest leaves of every title as full category paths, strongest first; none if all are far."""
        for atoms in chunks:
            keys = zip(*(atoms[name].to_pylist() for name in Atom._fields), strict=True)
            paths = self.paths_of(atoms["title"].to_pylist())
            yield [Answer(Atom(*key), own) for key, own in zip(keys, paths, strict=True)]

    def paths_of(self, texts: Sequence[str]) -> list[tuple[IntentPath, ...]]:
        """What is read into each text."""
        if not self._leaves:
            return [()] * len(texts)
        scores = self._scores(self._cache.encode(texts))
        best: NDArray[np.int64] = np.argsort(-scores, axis=1, kind="stable")[:, :PATHS]
        sure = 1.0 / (1.0 + np.exp((HALF_SURE_AT - np.take_along_axis(scores, best, axis=1)) / SOFTNESS))
        return [
            tuple(
                IntentPath(self._leaves[leaf], round(float(confidence), 4))
                for leaf, confidence in zip(leaves, confidences, strict=True)
                if confidence >= MIN_CONFIDENCE
            )
            for leaves, confidences in zip(best, sure, strict=True)
        ]

    def _scores(self, titles: NDArray[np.float32]) -> NDArray[np.float32]:
        own = titles @ self._centres.T
        sizes = np.bincount(self._shelf)
        member = np.zeros((len(self._shelf), len(sizes)), np.float32)
        member[np.arange(len(self._shelf)), self._shelf] = 1.0 / sizes[self._shelf]
        return np.asarray((own + (own @ member)[:, self._shelf]) / 2, np.float32)


def _centres(titles: NDArray[np.float32], taxonomy: Taxonomy) -> NDArray[np.float32]:
    """float32 [leaves, D]: the direction of each leaf's mean title, away from the mean of all leaves."""
    sums = np.zeros((len(taxonomy.leaves), titles.shape[1]), np.float32)
    known = taxonomy.leaf_of >= 0
    np.add.at(sums, taxonomy.leaf_of[known], titles[known])
    centres = _unit(sums)
    return _unit(centres - centres.mean(axis=0, keepdims=True)) if len(centres) > 1 else centres


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), np.float32)
