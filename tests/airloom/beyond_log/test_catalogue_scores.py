from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from airloom.beyond_log.catalogue_scores import expected_purchases, item_log_probabilities


@given(
    seed=st.integers(0, 10_000),
    columns=st.integers(1, 4),
    values=st.integers(1, 9),
    items=st.integers(1, 30),
)
def test_an_items_score_is_the_sum_over_its_codes(seed: int, columns: int, values: int, items: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(columns, values)).astype(np.float32)
    codes = rng.integers(0, values, (items, columns)).astype(np.int32)
    out = np.empty(items, np.float32)
    item_log_probabilities(table, codes, out)
    expected = [sum(table[column, row[column]] for column in range(columns)) for row in codes]
    assert np.allclose(out, expected, atol=1e-5)


@given(seed=st.integers(0, 10_000), blanks=st.integers(1, 3))
def test_a_blank_holds_one_item_of_the_catalogue_that_is_not_excluded(seed: int, blanks: int) -> None:
    rng = np.random.default_rng(seed)
    tables = rng.normal(size=(2, blanks, 2, 5)).astype(np.float32)
    codes = rng.integers(0, 5, (12, 2)).astype(np.int32)
    excluded = np.array([3, 7, 11])
    out = expected_purchases(tables, codes, np.array([0, 2, 3]), excluded)
    assert np.allclose(out.sum(axis=1), blanks, atol=1e-4)
    assert out[0, [3, 7]].tolist() == [0, 0]
    assert out[1, 11] == 0
    assert out[1, 3] > 0
