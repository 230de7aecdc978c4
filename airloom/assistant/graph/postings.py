"""Posting lists: which rows have a word."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.graph.phrases import phrase_hash


class WordPostings(NamedTuple):
    """The rows of each word, by the word's hash.

    Attributes:
        hashes: uint64 [W], ascending.
        offsets: int64 [W + 1]; word w is in the texts of `rows[offsets[w]:offsets[w + 1]]`.
        rows: int32 [E], ascending for each word.
    """

    hashes: NDArray[np.uint64]
    offsets: NDArray[np.int64]
    rows: NDArray[np.int32]

    @classmethod
    def of(cls, hashes: NDArray[np.uint64], rows: NDArray[np.int32]) -> WordPostings:
        """Return the lists of pairs of a word's hash and a row, both [n]; a pair counts once."""
        order = np.lexsort((rows, hashes))
        hashes, rows = hashes[order], rows[order]
        is_new = np.ones(len(hashes), np.bool_)
        is_new[1:] = (hashes[1:] != hashes[:-1]) | (rows[1:] != rows[:-1])
        words, starts = np.unique(hashes[is_new], return_index=True)
        return cls(words, np.append(starts, is_new.sum()), rows[is_new])

    def rows_of(self, stem: str) -> NDArray[np.int32]:
        """Return the rows whose texts have a word, int32 [n], ascending."""
        key = np.uint64(phrase_hash((stem,)))
        word = int(np.searchsorted(self.hashes, key))
        if word == len(self.hashes) or self.hashes[word] != key:
            return self.rows[:0]
        return self.rows[self.offsets[word] : self.offsets[word + 1]]


def idf(count: int, having: NDArray[np.int64] | int) -> NDArray[np.float64]:
    """Return what a word tells, log(1 + all / those with it), float64 as `having`.

    A word that none has tells as much as one that a single one has.

    Args:
        count: All of what may have words.
        having: How many of them have the word.
    """
    return np.log1p(count / np.maximum(having, 1))


class WordHashes(dict[str, int]):
    """Hashes of words by the word; each one is computed once."""

    def __missing__(self, stem: str) -> int:
        """Compute the hash of a word and keep it."""
        self[stem] = phrase_hash((stem,))
        return self[stem]
