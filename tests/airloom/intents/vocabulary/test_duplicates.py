from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from airloom.intents.vocabulary import duplicates
from airloom.intents.vocabulary.duplicates import leaders


def one_by_one(vectors: NDArray[np.float32], *, known: int, merge_at: float) -> list[int]:
    """What `leaders` does in blocks."""
    found = list(vectors[:known])
    places = []
    for vector in vectors[known:]:
        cosines = np.array([leader @ vector for leader in found])
        if found and cosines.max() >= merge_at:
            places.append(int(cosines.argmax()))
        else:
            places.append(len(found))
            found.append(vector)
    return places


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10_000),
    known=st.integers(0, 6),
    new=st.integers(0, 40),
    block=st.integers(1, 9),
    tile=st.integers(1, 9),
)
def test_blocks_give_what_comparing_one_by_one_gives(
    seed: int, known: int, new: int, block: int, tile: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicates, "_BLOCK", block)
    monkeypatch.setattr(duplicates, "_TILE", tile)
    vectors = np.random.default_rng(seed).standard_normal((known + new, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = one_by_one(vectors, known=known, merge_at=0.8)

    assert leaders(vectors, known=known, merge_at=0.8).tolist() == expected


def test_of_leaders_that_are_equally_near_the_earliest_leads() -> None:
    vectors = np.array([[1, 0], [0, 1], [1, 1]], np.float32)

    assert leaders(vectors, known=2, merge_at=0.5).tolist() == [0]
