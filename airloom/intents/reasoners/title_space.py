"""Titles as vectors of what sets a title apart from other titles, not of what all titles have in common."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.intents.encoding import TextEncoder
from airloom.intents.normalize_rows import normalize_rows

SAMPLE_AT_LEAST: Final = 100
"""Fewer say too little about what all titles have in common: nothing is taken away then."""

_FIRST_PICTOGRAM: Final = "\u2600"
_MUTE: Final = frozenset("\u200d\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
"""Join emoji or change their look or skin."""


class TitleSpace:
    """Encodes titles; what a sample of all titles has in common is taken away.

    That is their mean and the direction in which they differ most, which is their language or their manner
    rather than their subject.

    Args:
        sample: Different titles that stand for all (`title_sample`); too few stand for nothing.
        encoder: Encodes texts.
    """

    def __init__(self, sample: Sequence[str], encoder: TextEncoder) -> None:
        self._encoder = encoder
        self._common = common(self._encode(sample)) if len(sample) >= SAMPLE_AT_LEAST else None

    def encode(self, titles: Sequence[str]) -> NDArray[np.float32]:
        """Return the titles' vectors, float32 [len(titles), D], unit length."""
        vectors = self._encode(titles)
        return vectors if self._common is None else without(self._common, vectors)

    def _encode(self, titles: Sequence[str]) -> NDArray[np.float32]:
        return self._encoder.encode([spell_pictograms(title) for title in titles])


class Common(NamedTuple):
    """What vectors have in common.

    Attributes:
        mean: float32 [D].
        axis: float32 [D], unit length: the direction in which they differ most.
    """

    mean: NDArray[np.float32]
    axis: NDArray[np.float32]


def common(vectors: NDArray[np.float32]) -> Common:
    """Return the mean and the main axis of float32 [N, D]."""
    mean = vectors.mean(axis=0)
    deviations = (vectors - mean).astype(np.float64)
    axis = np.linalg.eigh(deviations.T @ deviations)[1][:, -1]
    return Common(mean, axis.astype(np.float32))


def without(common: Common, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the vectors without what is common to all, float32 [N, D], unit length; zero stays zero."""
    said_something = vectors.any(axis=1, keepdims=True)
    rest = (vectors - common.mean) * said_something
    return normalize_rows(rest - np.outer(rest @ common.axis, common.axis))


def spell_pictograms(text: str) -> str:
    """Return `text` with emoji replaced by their Unicode names: the encoder knows words only."""
    spelled = (
        f" {unicodedata.name(sign, '').lower()} "
        if sign >= _FIRST_PICTOGRAM and unicodedata.category(sign) == "So"
        else sign
        for sign in text
        if sign not in _MUTE
    )
    return " ".join("".join(spelled).split())
