"""Finds the phrases of an index in a text, by hashes of its words: the longest first, left to right."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.graph.words import Word, stems_of

MAX_WORDS: Final = 12
"""Of a phrase; longer ones are not indexed."""


_SIDES: Final[tuple[Literal["left"], Literal["right"]]] = ("left", "right")


class Phrase(NamedTuple):
    """A phrase that a text has.

    Attributes:
        words: Which words of the text, from and to (excluded).
        entries: int32 [n], the entries of the index that read so, ascending.
    """

    words: range
    entries: NDArray[np.int32]


class PhraseIndex(NamedTuple):
    """Entries by the hash of their words.

    Attributes:
        hashes: uint64 [P], ascending; an entry with several phrases has several.
        entries: int32 [P].
        longest: Words of the longest phrase.
    """

    hashes: NDArray[np.uint64]
    entries: NDArray[np.int32]
    longest: int

    @classmethod
    def of(cls, texts: Iterable[tuple[str, int]]) -> PhraseIndex:
        """Return an index of texts with their entries, without those of no word or of too many.

        An entry that reads the same twice, such as a value and its alias in the plural, is there once.
        """
        hashes, entries, longest = [], [], 0
        for text, entry in texts:
            stems = stems_of(text)
            if 0 < len(stems) <= MAX_WORDS:
                hashes.append(phrase_hash(stems))
                entries.append(entry)
                longest = max(longest, len(stems))
        keys, numbers = np.array(hashes, np.uint64), np.array(entries, np.int32)
        order = np.lexsort((numbers, keys))
        keys, numbers = keys[order], numbers[order]
        repeated = np.zeros(len(keys), np.bool_)
        repeated[1:] = (keys[1:] == keys[:-1]) & (numbers[1:] == numbers[:-1])
        return cls(keys[~repeated], numbers[~repeated], longest)

    def exact(self, text: str) -> NDArray[np.int32]:
        """Return the entries that read as a whole text does, int32 [n], ascending."""
        stems = stems_of(text)
        if not 0 < len(stems) <= self.longest:
            return self.entries[:0]
        low, high = (np.searchsorted(self.hashes, np.uint64(phrase_hash(stems)), side) for side in _SIDES)
        return self.entries[low:high]

    def every(self, words: Sequence[Word]) -> list[Phrase]:
        """Return all phrases of a text, also those that share words: by their start, the longest first."""
        stems = [word.stem for word in words]
        spans = [
            range(start, start + length)
            for start in range(len(stems))
            for length in range(min(self.longest, len(stems) - start), 0, -1)
        ]
        if not spans or not len(self.hashes):
            return []
        asked = np.array([phrase_hash(stems[span.start : span.stop]) for span in spans], np.uint64)
        lows, highs = (np.searchsorted(self.hashes, asked, side) for side in _SIDES)
        return [
            Phrase(spans[index], self.entries[lows[index] : highs[index]])
            for index in np.flatnonzero(highs > lows).tolist()
        ]

    def find(self, words: Sequence[Word]) -> list[Phrase]:
        """Return the phrases of a text in their order; no word is in two of them."""
        phrases, end = [], 0
        for phrase in self.every(words):
            if phrase.words.start >= end:
                phrases.append(phrase)
                end = phrase.words.stop
        return phrases


def phrase_hash(stems: Sequence[str]) -> int:
    """Return 64 bits of a phrase; that two of a billion phrases share them has odds of one in forty."""
    digest = hashlib.blake2b("\0".join(stems).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")
