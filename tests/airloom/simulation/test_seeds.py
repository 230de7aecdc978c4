from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.simulation.seeds import keyed_uniforms, stream

KEYS = st.integers(0, 2**62)


@pytest.mark.parametrize(
    "other",
    [
        stream(8, "views", day=3, block=1),
        stream(7, "shop", day=3, block=1),
        stream(7, "views", day=-3, block=1),
        stream(7, "views", day=3, block=0),
    ],
)
def test_a_stream_belongs_to_its_seed_purpose_day_and_block(other: np.random.Generator) -> None:
    one = stream(7, "views", day=3, block=1).random(4)
    assert np.array_equal(one, stream(7, "views", day=3, block=1).random(4))
    assert not np.array_equal(one, other.random(4))


@given(st.lists(KEYS, min_size=1, max_size=20), KEYS, st.integers(0, 2**32))
def test_luck_is_a_function_of_its_keys_alone(keys: list[int], other: int, seed: int) -> None:
    together = keyed_uniforms(np.array(keys), other, seed=seed, purpose="page")
    alone = [float(keyed_uniforms(key, other, seed=seed, purpose="page")[0]) for key in keys]
    assert together.tolist() == alone


def test_luck_is_uniform_and_changes_with_every_key() -> None:
    numbers = np.arange(20_000)
    luck = keyed_uniforms(numbers, 5, seed=1, purpose="page")
    share, _ = np.histogram(luck, bins=10, range=(0, 1))
    assert np.all(np.abs(share - 2_000) < 6 * np.sqrt(2_000 * 0.9))
    for other in (
        keyed_uniforms(numbers, 6, seed=1, purpose="page"),
        keyed_uniforms(numbers, 5, seed=2, purpose="page"),
        keyed_uniforms(numbers, 5, seed=1, purpose="shop"),
        keyed_uniforms(numbers + 1, 5, seed=1, purpose="page"),
    ):
        assert abs(np.corrcoef(luck, other)[0, 1]) < 0.03
