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
from airloom.intents.encoding import TextEncoder
from airloom.intents.linking.taxonomy import Taxonomy
from airloom.intents.paths import IntentPath, IntentPaths
from airloom.intents.reasoners.calibration import JOINED, Calibration
from airloom.intents.reasoners.title_leaves import leaf_targets, nearest_leaves
from airloom.intents.reasoners.title_space import TitleSpace
from airloom.intents.reasoners.unreadable import SplitIntoPieces, why_unreadable
from airloom.llm.outcome import Answer
from airloom.llm.version import Version
from airloom.logs.contract import COMMERCE

METHOD: Final = "4"
"""Version of the method; raise it when the same title would get another answer."""

SHARE_OF_MINILM: Final = 0.25
"""MiniLM's share of the likeness of two titles; the multilingual encoder has the rest. It was chosen on half
of the sample world's lifestyles and measured on the others (`benchmarks.title_encoders`)."""


class EncoderReasoner:
    """Compares titles with the products of every leaf category and of the shelf that the leaf stands on.

    Args:
        objects: The products as of today, which draw the tree; other objects are left out.
        encoder: Encodes titles of content and of products.
        titles: Of content, as a sample of what all titles share (`title_sample`).
        calibration: Of the encoder.
        pieces: Splits titles into the word pieces of the encoder; None if only scripts tell whether it can
            read a title.
    """

    def __init__(
        self,
        objects: pa.Table,
        encoder: TextEncoder,
        *,
        titles: Sequence[str],
        calibration: Calibration = JOINED,
        pieces: SplitIntoPieces | None = None,
    ) -> None:
        self._encoder = encoder
        self._calibration = calibration
        self._pieces = pieces
        products = objects.filter(pc.equal(objects["domain"], COMMERCE))
        taxonomy = Taxonomy.of(products)
        self._leaves = taxonomy.leaves
        if self._leaves:
            self._targets = leaf_targets(taxonomy, encoder.encode(products["title"].to_pylist()))
            self._titles = TitleSpace(titles, encoder)

    @property
    def version(self) -> Version:
        """The encoder's weights and this method."""
        return intent_version(ENCODER, self._encoder.name, METHOD)

    def answer(self, chunks: Iterator[pa.Table]) -> Iterator[Sequence[IntentOutcome]]:
        """Yield the nearest leaves of each title as category paths, strongest first; none if all are far.

        A title that the encoder cannot read gets no guess: its answer is empty and says why.
        """
        for atoms in chunks:
            titles = atoms["title"].to_pylist()
            reasons = why_unreadable(titles, pieces=self._pieces)
            paths = iter(
                self.paths_of([title for title, reason in zip(titles, reasons, strict=True) if not reason])
            )
            yield [
                Answer(atom, (), reason=reason) if reason else Answer(atom, next(paths))
                for atom, reason in zip(atoms_in(atoms), reasons, strict=True)
            ]

    def paths_of(self, texts: Sequence[str]) -> list[IntentPaths]:
        """Return the paths that each text predicts."""
        if not self._leaves:
            return [()] * len(texts)
        matches = nearest_leaves(self._titles.encode(texts), self._targets, calibration=self._calibration)
        return [
            tuple(
                IntentPath(self._leaves[leaf], round(float(sure), 4))
                for leaf, sure in zip(leaves, confidences, strict=True)
                if sure >= self._calibration.min_confidence
            )
            for leaves, confidences in zip(matches.leaves, matches.confidences, strict=True)
        ]
