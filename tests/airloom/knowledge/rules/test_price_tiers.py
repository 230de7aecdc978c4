from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from airloom.knowledge.rules.price_tiers import NO_TIER, price_tiers

PARENTS = np.array([-1, 0, 0], np.int32)  # 1 and 2 are below 0


def tiers_of(
    prices: list[float], categories: list[int], *, currencies: list[int] | None = None, min_priced: int = 3
) -> NDArray[np.int8]:
    return price_tiers(
        np.array(prices, np.float64),
        np.array(categories, np.int64),
        np.array(currencies or [0] * len(prices), np.int64),
        parents=PARENTS,
        min_priced=min_priced,
    )


def test_tiers_are_thirds_of_the_category() -> None:
    assert tiers_of([1, 2, 3, 4, 5, 6, 7, 8, 9], [1] * 9).tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_a_category_has_its_own_idea_of_dear() -> None:
    assert tiers_of([1, 2, 3, 100, 200, 300], [1, 1, 1, 2, 2, 2]).tolist() == [0, 1, 2, 0, 1, 2]


def test_a_category_with_too_few_prices_takes_those_of_the_category_above() -> None:
    assert tiers_of([1, 2, 3, 4, 5, 9], [1, 1, 1, 1, 1, 2]).tolist()[-1] == 2


def test_without_a_price_or_enough_others_nothing_is_said() -> None:
    assert tiers_of([np.nan, 1, 2, 3], [1] * 4).tolist()[0] == NO_TIER
    assert tiers_of([1, 2], [1, 1]).tolist() == [NO_TIER] * 2
    assert tiers_of([], []).tolist() == []


def test_a_product_without_a_category_is_compared_with_the_whole_shop() -> None:
    assert tiers_of([1, 2, 3, 10], [1, 1, 1, -1]).tolist()[-1] == 2


def test_currencies_are_never_compared() -> None:
    assert tiers_of([1, 2, 3, 1000], [1] * 4, currencies=[0, 0, 0, 1]).tolist() == [0, 1, 2, NO_TIER]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([1.0, 2.0, 5.0, 5.0, 30.0, float("nan")]), st.integers(-1, 2), st.integers(0, 1)
        ),
        max_size=40,
    ),
    st.integers(1, 6),
)
def test_in_one_category_a_dearer_product_is_never_in_a_lower_tier(
    products: list[tuple[float, int, int]], min_priced: int
) -> None:
    prices, categories, currencies = (
        (list(column) for column in zip(*products, strict=True)) if products else ([], [], [])
    )
    tiers = tiers_of(prices, categories, currencies=currencies, min_priced=min_priced)

    for group in {(category, currency) for _, category, currency in products}:
        own = [
            (price, tier)
            for (price, *key), tier in zip(products, tiers.tolist(), strict=True)
            if tuple(key) == group and tier != NO_TIER
        ]
        assert [tier for _, tier in sorted(own)] == sorted(tier for _, tier in own)
