from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from airloom.ranking.candidates.nearest_titles import EXACT, NearestTitles

PRODUCTS, SIZE, TOPICS = 40_000, 32, 400
SMALL = 4_500


def titles(seed: int, count: int = PRODUCTS) -> NDArray[np.float32]:
    """Embeddings of titles about a few topics, some of them broader than others."""
    rng = np.random.default_rng(seed)
    topics = rng.normal(size=(TOPICS, SIZE))
    spread = rng.uniform(0.2, 0.8, (count, 1))
    rows = topics[rng.integers(TOPICS, size=count)] + spread * rng.normal(size=(count, SIZE))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32)


TITLES = titles(0)
ROWS = np.arange(PRODUCTS, dtype=np.int32)[::-1]
SMALL_SHOP = NearestTitles.of(ROWS[:SMALL], TITLES[:SMALL])
LARGE_SHOP = NearestTitles.of(ROWS, TITLES)
assert SMALL < EXACT < PRODUCTS


def truly_nearest(query: NDArray[np.float32], count: int) -> list[int]:
    nearest: list[int] = ROWS[np.argsort(-(TITLES @ query), kind="stable")[:count]].tolist()
    return nearest


@given(st.integers(0, PRODUCTS - 1), st.integers(1, 1000))
def test_in_a_small_shop_the_nearest_are_exact_and_in_order(row: int, count: int) -> None:
    nearest = SMALL_SHOP.nearest(TITLES[row], count)
    likeness = TITLES[:SMALL] @ TITLES[row]
    assert nearest.dtype == np.int32
    np.testing.assert_allclose(likeness[ROWS[0] - nearest], np.sort(likeness)[::-1][:count], atol=1e-5)


def test_in_a_large_shop_nearly_all_the_nearest_are_found_in_a_part_of_the_lists() -> None:
    queries = TITLES[np.random.default_rng(1).choice(PRODUCTS, 50)]
    for count in (10, 100):
        shared = [
            len(set(LARGE_SHOP.nearest(query, count).tolist()) & set(truly_nearest(query, count)))
            for query in queries
        ]
        assert np.mean(shared) / count >= 0.985
    compared = [len(LARGE_SHOP.nearest(query, PRODUCTS)) for query in queries]
    assert max(compared) < PRODUCTS / 3


def test_the_same_products_are_divided_the_same_way() -> None:
    again = NearestTitles.of(ROWS, TITLES)
    assert again.nearest(TITLES[7], 500).tolist() == LARGE_SHOP.nearest(TITLES[7], 500).tolist()


def test_every_product_is_found_when_its_own_title_is_asked_for() -> None:
    assert all(ROWS[row] in LARGE_SHOP.nearest(TITLES[row], 1) for row in range(0, PRODUCTS, 97))


def test_a_product_without_a_title_is_not_found() -> None:
    some = TITLES[:5].copy()
    some[2] = 0
    assert sorted(NearestTitles.of(np.arange(5, dtype=np.int32), some).nearest(TITLES[2], 5)) == [0, 1, 3, 4]


def test_identical_titles_can_be_divided() -> None:
    same = np.repeat(TITLES[:1], 200, axis=0)
    assert len(NearestTitles.of(ROWS[:200], same, exact=10).nearest(TITLES[0], 20)) == 20


def test_a_shop_without_products_has_none_to_find() -> None:
    assert NearestTitles.of(ROWS[:0], TITLES[:0]).nearest(TITLES[0], 5).tolist() == []
