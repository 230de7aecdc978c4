from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from airloom.assistant.graph.phrases import MAX_WORDS, PhraseIndex
from airloom.assistant.graph.words import stems_of, words_of

INDEX = PhraseIndex.of([("cat", 0), ("Cat Beds", 1), ("bed", 2), ("cat bed", 3), ("", 4)])


def entries_in(text: str) -> list[tuple[str, list[int]]]:
    words = words_of(text)
    return [
        (" ".join(words[index].stem for index in phrase.words), phrase.entries.tolist())
        for phrase in INDEX.find(words)
    ]


def test_the_longest_phrase_counts_and_no_word_twice() -> None:
    assert entries_in("cat beds for a cat, a bed") == [("cat bed", [1, 3]), ("cat", [0]), ("bed", [2])]


def test_what_no_phrase_says_finds_nothing() -> None:
    assert entries_in("") == entries_in("dog") == []
    assert PhraseIndex.of([]).find(words_of("cat")) == []


def test_a_long_text_is_no_phrase() -> None:
    assert PhraseIndex.of([("word " * (MAX_WORDS + 1), 0)]).hashes.tolist() == []


WORDS = st.sampled_from(["red", "cat", "bed", "of", "wool"])


@given(st.lists(st.lists(WORDS, min_size=1, max_size=3), max_size=6), st.lists(WORDS, max_size=12))
def test_it_finds_what_a_search_by_hand_finds(phrases: list[list[str]], text: list[str]) -> None:
    texts = [" ".join(phrase) for phrase in phrases]
    index = PhraseIndex.of(zip(texts, range(len(texts)), strict=True))
    expected, start = [], 0
    while start < len(text):
        fits = [length for length in (3, 2, 1) if tuple(text[start : start + length]) in map(stems_of, texts)]
        if not fits:
            start += 1
            continue
        span = text[start : start + fits[0]]
        expected.append([number for number, phrase in enumerate(phrases) if phrase == span])
        start += len(span)
    assert [phrase.entries.tolist() for phrase in index.find(words_of(" ".join(text)))] == expected
    assert index.hashes.dtype == np.uint64
