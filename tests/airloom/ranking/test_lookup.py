from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.ranking.lookup import FREE, empty_table, slot_of


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 2**31 - 1), max_size=200), st.lists(st.integers(0, 2**31 - 1), max_size=50))
def test_what_was_put_in_is_found_and_nothing_else(put: list[int], asked: list[int]) -> None:
    keys, places = empty_table(len(put))
    for place, key in enumerate(put):
        slot = slot_of(keys, key)
        assert keys[slot] in (key, FREE)
        keys[slot], places[slot] = key, place
    last = {key: place for place, key in enumerate(put)}
    for key in [*put, *asked]:
        slot = slot_of(keys, key)
        assert (places[slot] == last[key]) if key in last else (keys[slot] == FREE)


def test_neighbouring_keys_do_not_pile_up() -> None:
    keys, _ = empty_table(100)
    for key in range(100):
        keys[slot_of(keys, key)] = key
    longest = max(map(len, "".join("x" if key >= 0 else " " for key in np.tile(keys, 2)).split()))
    assert longest < 20
