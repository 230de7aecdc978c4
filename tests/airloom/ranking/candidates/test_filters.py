from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from airloom.ranking.candidates.filters import ProductFilter, matching_products
from tests.airloom.assistant.small_catalogue import SNAPSHOT, SOLD

GRAPH = SNAPSHOT.attributes
VALUES = st.lists(st.integers(0, len(GRAPH.values) - 1), max_size=3).map(lambda ids: np.array(ids, np.int32))


def has(row: int, values: np.ndarray) -> bool:
    return any(row in GRAPH.products(value) for value in values.tolist())


@given(
    st.lists(VALUES, max_size=3),
    st.lists(st.lists(VALUES, min_size=1, max_size=3), max_size=2),
    st.none() | st.integers(0, SOLD),
    st.none() | st.integers(0, SOLD),
    st.lists(st.integers(0, SOLD - 1), max_size=3),
    st.none() | st.lists(st.integers(0, SOLD + 5)).map(lambda rows: np.array(rows, np.int32)),
)
def test_it_is_what_a_look_at_each_product_says(
    all_of: list[np.ndarray],
    none_of: list[list[np.ndarray]],
    low: int | None,
    high: int | None,
    without: list[int],
    among: np.ndarray | None,
) -> None:
    conditions = ProductFilter(all_of, none_of, low, high, without, among)
    expected = [
        row
        for row in SNAPSHOT.products.tolist()
        if all(has(row, values) for values in all_of)
        and not any(all(has(row, values) for values in sets) for sets in none_of)
        and (low is None or row + 1 >= low)
        and (high is None or row + 1 <= high)
        and row not in without
        and (among is None or row in among)
    ]
    assert matching_products(SNAPSHOT, conditions).tolist() == expected


def test_without_conditions_it_is_everything_on_sale() -> None:
    assert matching_products(SNAPSHOT, ProductFilter()).tolist() == SNAPSHOT.products.tolist()
    assert not SNAPSHOT.objects.active.flags.writeable or SNAPSHOT.objects.active[1]  # nothing was changed
