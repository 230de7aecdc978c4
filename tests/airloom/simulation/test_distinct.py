from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from airloom.simulation.distinct import distinct_pairs


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3))))
def test_pairs_are_those_of_a_set_in_order(pairs: list[tuple[int, int]]) -> None:
    table = np.array(pairs, np.int64).reshape(-1, 2)
    users, objects = distinct_pairs(table[:, 0], table[:, 1], objects_in_all=4)
    assert list(zip(users.tolist(), objects.tolist(), strict=True)) == sorted(set(pairs))
