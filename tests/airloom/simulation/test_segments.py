from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from airloom.simulation.segments import draw_indices, running_mass

WEIGHTS = st.lists(st.one_of(st.just(0.0), st.floats(1e-6, 1e6)), min_size=1, max_size=30)


@given(WEIGHTS, st.data())
def test_a_place_lies_in_its_segment_and_has_weight(weights: list[float], data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(weights)))
    end = data.draw(st.integers(begin, len(weights)))
    indices = draw_indices(
        np.random.default_rng(0),
        running_mass(np.array(weights)),
        begins=np.full(50, begin),
        ends=np.full(50, end),
    )
    mass = running_mass(np.array(weights))
    if mass[end] > mass[begin]:
        assert np.all((begin <= indices) & (indices < end))
        assert np.all(np.array(weights)[indices] > 0)
    else:
        assert np.all(indices == -1)


def test_places_are_drawn_in_proportion_to_weight() -> None:
    draws = 40_000
    indices = draw_indices(
        np.random.default_rng(0),
        running_mass(np.array([5.0, 1.0, 0.0, 3.0])),
        begins=np.full(draws, 1),
        ends=np.full(draws, 4),
    )
    shares = np.bincount(indices, minlength=4) / draws
    assert np.allclose(shares, [0, 0.25, 0, 0.75], atol=0.01)
