"""Which products have a word in their title, and how much the word tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.graph.phrases import phrase_hash
from airloom.assistant.graph.words import stems_of


class TitleWords(NamedTuple):
    """Posting lists of words.

    Attributes:
        hashes: uint64 [W], ascending.
        offsets: int64 [W + 1]; word w is in the titles of `rows[offsets[w]:offsets[w + 1]]`.
        rows: int32 [E], ascending for each word.
        titles: How many titles there are.
    """

    hashes: NDArray[np.uint64]
    offsets: NDArray[np.int64]
    rows: NDArray[np.int32]
    titles: int

    @classmethod
    def of(cls, titles: Sequence[str], rows: NDArray[np.int32]) -> TitleWords:
        """Return the words of the titles of some objects.

        Args:
            titles: Of all objects.
            rows: int32 [n], the objects whose titles are read.
        """
        hash_of: dict[str, int] = {}
        keys, owners = [], []
        for row in rows.tolist():
            for stem in set(stems_of(titles[row])):
                keys.append(hash_of.setdefault(stem, phrase_hash((stem,))))
                owners.append(row)
        hashes, objects = np.array(keys, np.uint64), np.array(owners, np.int32)
        order = np.lexsort((objects, hashes))
        hashes, objects = hashes[order], objects[order]
        words, starts = np.unique(hashes, return_index=True)
        return cls(words, np.append(starts, len(hashes)), objects, len(rows))

    def scores(self, stems: Sequence[str], count: int) -> NDArray[np.float32]:
        """Return how well each title fits some words, float32 [count]: the share of what the words tell.

        A word tells log(1 + titles / titles with it), as in idf; one that no title has tells as much as one
        of a single title, so that a title is rarely 1.
        """
        scores = np.zeros(count, np.float32)
        total = 0.0
        for stem in dict.fromkeys(stems):
            key = np.uint64(phrase_hash((stem,)))
            word = int(np.searchsorted(self.hashes, key))
            known = word < len(self.hashes) and self.hashes[word] == key
            rows = self.rows[self.offsets[word] : self.offsets[word + 1]] if known else self.rows[:0]
            tells = float(np.log1p(self.titles / max(len(rows), 1)))
            scores[rows] += tells
            total += tells
        return scores / np.float32(total) if total else scores
