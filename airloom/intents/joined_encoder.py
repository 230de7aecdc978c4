"""Several text encoders as one, whose likeness is a weighted mean of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.intents.encoding import TextEncoder


class EncoderPart(NamedTuple):
    """One of several encoders.

    Attributes:
        encoder: Turns texts into unit vectors.
        share: Its share of the cosine of two texts; the shares of all parts sum to 1.
    """

    encoder: TextEncoder
    share: float


class JoinedEncoder:
    """A `TextEncoder` whose vectors are those of its parts side by side.

    Args:
        parts: At least one; their names and shares make its name.
    """

    def __init__(self, *parts: EncoderPart) -> None:
        self._parts = parts

    @property
    def name(self) -> str:
        """Share and name of each part."""
        return "+".join(f"{part.share:g}-{part.encoder.name}" for part in self._parts)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return sum(part.encoder.dimension for part in self._parts)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the texts' vectors, float32 [len(texts), dimension], unit length; zero for a blank text."""
        vectors = [np.sqrt(part.share) * part.encoder.encode(texts) for part in self._parts]
        return np.hstack(vectors).astype(np.float32)
