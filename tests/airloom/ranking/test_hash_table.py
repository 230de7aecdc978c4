from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.ranking.hash_table import EMPTY, find_slot, new_table


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 2**31 - 1), max_size=200), st.lists(st.integers(0, 2**31 - 1), max_size=50))
def test_what_was_put_in_is_found_and_nothing_else(inserted: list[int], queried: list[int]) -> None:
    keys, rows = new_table(len(inserted))
    for row, key in enumerate(inserted):
        slot = find_slot(keys, key)
        assert keys[slot] in (key, EMPTY)
        keys[slot], rows[slot] = key, row
    last = {key: row for row, key in enumerate(inserted)}
    for key in [*inserted, *queried]:
        slot = find_slot(keys, key)
        assert (rows[slot] == last[key]) if key in last else (keys[slot] == EMPTY)


def test_neighboring_keys_do_not_pile_up() -> None:
    keys, _ = new_table(100)
    for key in range(100):
        keys[find_slot(keys, key)] = key
    max_run = max(map(len, "".join("x" if key >= 0 else " " for key in np.tile(keys, 2)).split()))
    assert max_run < 20
