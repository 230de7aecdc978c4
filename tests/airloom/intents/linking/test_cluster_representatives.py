from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from airloom.intents.linking.cluster_representatives import cluster_representatives


def one_by_one(vectors: NDArray[np.float32], *, known: int, merge_at: float) -> list[int]:
    """What `cluster_representatives` does in blocks."""
    representatives = list(vectors[:known])
    clusters = []
    for vector in vectors[known:]:
        cosines = np.array([leader @ vector for leader in representatives])
        if representatives and cosines.max() >= merge_at:
            clusters.append(int(cosines.argmax()))
        else:
            clusters.append(len(representatives))
            representatives.append(vector)
    return clusters


AXES = np.eye(4, dtype=np.float32)
UNITS = np.concatenate([AXES, (AXES + np.roll(AXES, 1, axis=0)) / np.sqrt(np.float32(2))])
"""Some are equally near to two others."""


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.integers(0, len(UNITS) - 1), max_size=30),
    block=st.integers(1, 9),
    tile=st.integers(1, 3),
    known=st.integers(0, 4),
)
def test_blocks_give_what_comparing_one_by_one_gives(
    rows: list[int], block: int, tile: int, known: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airloom.intents.linking.cluster_representatives._BLOCK", block)
    monkeypatch.setattr("airloom.intents.linking.cluster_representatives._TILE", tile)
    vectors = UNITS[[*range(known), *rows]]
    expected = one_by_one(vectors, known=known, merge_at=0.6)

    assert cluster_representatives(vectors, known=known, merge_at=0.6).tolist() == expected


def test_many_blocks_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airloom.intents.linking.cluster_representatives._BLOCK", 16)
    monkeypatch.setattr("airloom.intents.linking.cluster_representatives._TILE", 32)
    vectors = np.random.default_rng(0).standard_normal((500, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = one_by_one(vectors, known=10, merge_at=0.8)

    assert cluster_representatives(vectors, known=10, merge_at=0.8).tolist() == expected
    assert 50 < max(expected) < 400
