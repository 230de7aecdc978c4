from __future__ import annotations

from collections.abc import Sequence
from math import log1p

import numpy as np
import pytest
from numpy.typing import NDArray

from airloom.assistant.evaluation.controls import (
    LENGTH_WEIGHT,
    SATURATION,
    Bm25,
    MentionedValues,
    NearestDocument,
    by_popularity,
    documents_of,
)
from tests.airloom.assistant.small_catalogue import GRAPH, SNAPSHOT, SOLD


def test_a_document_is_the_title_and_the_values_of_an_object() -> None:
    documents = documents_of(GRAPH)
    assert documents[3] == "thing 3. maker 3. shelf 0. black. shelf 1. warm nights"
    assert documents[SOLD] == f"film {SOLD}"


def test_bm25_by_hand() -> None:
    scores = Bm25(["red wool hat", "red red hat", "mug"])("Red hats!")
    mean = 7 / 3

    def weight(count: int, length: int, having: int) -> float:
        idf = log1p((3 - having + 0.5) / (having + 0.5))
        relative = 1 - LENGTH_WEIGHT + LENGTH_WEIGHT * length / mean
        return idf * count * (SATURATION + 1) / (count + SATURATION * relative)

    expected = [weight(1, 3, 2) + weight(1, 3, 2), weight(2, 3, 2) + weight(1, 3, 2), 0.0]
    assert scores.tolist() == pytest.approx(expected)
    assert Bm25(["a hat"])("nothing of it").tolist() == [0.0]


def test_the_nearest_document_has_the_highest_cosine() -> None:
    class Letters:
        name, dimension = "letters", 2

        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            counts = np.array([[text.count("a"), text.count("b")] for text in texts], np.float32)
            return counts / np.linalg.norm(counts, axis=1, keepdims=True)

    scores = NearestDocument(["aa", "ab", "b"], Letters())("a")
    assert scores.tolist() == pytest.approx([1.0, 0.5**0.5, 0.0])


def test_values_that_are_mentioned_count_and_what_is_named_is_left_out() -> None:
    control = MentionedValues(GRAPH)
    scores = control("red or not red, from maker 1")
    assert (scores[6], scores[1], scores[3], scores[16]) == (3, 1, 0, 3)  # a second "red" counts again
    named = control("like thing 12")
    assert named[12] == -np.inf
    assert named[22] == 2  # color and brand; 12 and 22 are of two shelves
    assert named[SOLD] == 0


def test_by_popularity_all_scores_are_equal() -> None:
    assert set(by_popularity(GRAPH).tolist()) == {0.0}
    assert len(by_popularity(GRAPH)) == len(SNAPSHOT.objects.ids)
