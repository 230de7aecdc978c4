from __future__ import annotations

import numpy as np

from airloom.bench.slices import slices
from tests.airloom.bench.small_results import case, small_eval_cases


def test_each_slice_holds_what_its_name_says() -> None:
    cases = small_eval_cases([case("ann", 10), case("bob", 11, seen=[0, 1, 2, 3, 4, 12]), case("cat", 12)])
    popularity = np.zeros(80, np.int64)
    popularity[[11, 12]] = 5, 6
    returning = np.array([True, False, True])
    masks = slices(cases, popularity, returning)
    assert {name: mask.tolist() for name, mask in masks.items()} == {
        "cold items": [True, False, False],
        "rare items": [True, True, False],
        "no purchases": [True, False, True],
        "short histories": [True, False, True],
        "new users": [False, True, False],
    }


def test_without_knowledge_of_users_there_are_no_new_ones() -> None:
    assert "new users" not in slices(small_eval_cases(), np.zeros(80, np.int64))
