from __future__ import annotations

import numpy as np

from airloom.assistant.graph.phrases import phrase_hash
from airloom.assistant.graph.postings import WordHashes, WordPostings


def test_a_word_has_the_rows_that_were_given_with_it_each_once() -> None:
    hashes = WordHashes()
    keys = [hashes[stem] for stem in ("red", "mug", "red", "red")]
    postings = WordPostings.of(np.array(keys, np.uint64), np.array([7, 2, 7, 3], np.int32))
    assert postings.rows_of("red").tolist() == [3, 7]
    assert postings.rows_of("mug").tolist() == [2]
    assert postings.rows_of("blue").tolist() == []
    assert hashes["red"] == phrase_hash(("red",))


def test_without_any_word_nothing_is_found() -> None:
    assert WordPostings.of(np.empty(0, np.uint64), np.empty(0, np.int32)).rows_of("red").tolist() == []
