from __future__ import annotations

import numpy as np
import pytest

from airloom.intents.linking.link_to_categories import link_to_categories

CATEGORIES = np.eye(4, dtype=np.float32)


def test_shares_sum_to_one_and_the_nearest_has_most() -> None:
    query = np.array([[0.9, 0.4, 0.1, 0.0]], np.float32)

    rows, cosines, shares = link_to_categories(query, CATEGORIES, split=3, temperature=0.5)

    assert rows.tolist() == [[0, 1, 2]]
    np.testing.assert_allclose(cosines, query[:, :3])
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    np.testing.assert_allclose(shares[0, 1] / shares[0, 0], np.exp((0.4 - 0.9) / 0.5), rtol=1e-6)


def test_a_cold_softmax_gives_all_to_the_nearest() -> None:
    shares = link_to_categories(
        np.array([[0.6, 0.5, 0, 0]], np.float32), CATEGORIES, split=3, temperature=0.001
    ).shares

    assert shares[0, 0] > 0.999


def test_there_may_be_fewer_places_than_wanted() -> None:
    rows, cosines, shares = link_to_categories(CATEGORIES[:1], CATEGORIES[:2], split=3, temperature=0.1)

    assert rows.shape == cosines.shape == shares.shape == (1, 2)


def test_cutting_into_chunks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    queries = np.random.default_rng(0).standard_normal((10, 4)).astype(np.float32)
    whole = link_to_categories(queries, CATEGORIES, split=2, temperature=0.1)
    monkeypatch.setattr("airloom.intents.linking.link_to_categories._CHUNK", 3)

    for one, other in zip(
        whole, link_to_categories(queries, CATEGORIES, split=2, temperature=0.1), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-6)
