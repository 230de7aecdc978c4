"""The reasoner that needs no language model: the merchant's categories whose products sound like the title.

It is the control that every language model must beat: it sees only words that look alike, where a language
model knows what a situation calls for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from airloom.intents.answers import ENCODER, IntentOutcome, intent_version
from airloom.intents.atoms import atoms_in
from airloom.intents.encoding import EmbeddingCache
from airloom.intents.linking.taxonomy import Taxonomy
from airloom.intents.paths import IntentPath, IntentPaths
from airloom.intents.reasoners.title_leaves import leaf_targets, nearest_leaves
from airloom.intents.reasoners.title_space import TitleSpace
from airloom.llm.outcome import Answer
from airloom.llm.version import Version
from airloom.logs.contract import COMMERCE

METHOD: Final = "3"
"""Version of the method; raise it when the same title would get another answer."""

MIN_CONFIDENCE: Final = 0.05
"""Weaker paths are left out: most of them are about entertainment."""


class EncoderReasoner:
    """Compares titles with the products of every leaf category and of the shelf that the leaf stands on.

    Args:
        objects: The products as of today, which draw the tree; other objects are left out.
        cache: Encodes texts.
        titles: Of content, as a sample of what all titles share (`title_sample`).
    """

    def __init__(self, objects: pa.Table, cache: EmbeddingCache, *, titles: Sequence[str]) -> None:
        self._cache = cache
        products = objects.filter(pc.equal(objects["domain"], COMMERCE))
        taxonomy = Taxonomy.of(products)
        self._leaves = taxonomy.leaves
        if self._leaves:
            self._targets = leaf_targets(taxonomy, cache.encode(products["title"].to_pylist()))
            self._titles = TitleSpace(titles, cache)

    @property
    def version(self) -> Version:
        """The encoder's weights and this method."""
        return intent_version(ENCODER, self._cache.encoder.name, METHOD)

    def answer(self, chunks: Iterator[pa.Table]) -> Iterator[Sequence[IntentOutcome]]:
        """Yield the nearest leaves of each title as category paths, strongest first; none if all are far."""
        for atoms in chunks:
            paths = self.paths_of(atoms["title"].to_pylist())
            yield [Answer(atom, own) for atom, own in zip(atoms_in(atoms), paths, strict=True)]

    def paths_of(self, texts: Sequence[str]) -> list[IntentPaths]:
        """Return the paths that each text predicts."""
        if not self._leaves:
            return [()] * len(texts)
        matches = nearest_leaves(self._titles.encode(texts), self._targets)
        return [
            tuple(
                IntentPath(self._leaves[leaf], round(float(sure), 4))
                for leaf, sure in zip(leaves, confidences, strict=True)
                if sure >= MIN_CONFIDENCE
            )
            for leaves, confidences in zip(matches.leaves, matches.confidences, strict=True)
        ]
