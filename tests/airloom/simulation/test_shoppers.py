from __future__ import annotations

from dataclasses import replace

import numpy as np

from airloom.simulation.settings import WorldSettings
from airloom.simulation.shoppers import BLOCK, ShopperBlock, blocks, draw_block

LIFESTYLES = 64
BLOCK_OF_2000 = draw_block(WorldSettings(shoppers=2_000), 0, lifestyles=LIFESTYLES)


def tastes(block: ShopperBlock, day: int) -> np.ndarray:
    """Weights [B, lifestyles]."""
    lifestyles, weights = block.felt(day)
    dense = np.zeros((len(weights), LIFESTYLES))
    np.put_along_axis(dense, lifestyles.astype(np.int64), weights, axis=1)
    return dense


def test_one_dial_sets_the_number_of_shoppers() -> None:
    settings = WorldSettings(shoppers=2 * BLOCK + 5)
    assert list(blocks(settings)) == [0, 1, 2]
    assert len(draw_block(settings, 2, lifestyles=LIFESTYLES).budgets) == 5


def test_everybody_feels_one_to_three_lifestyles_on_every_day() -> None:
    for day in (-5, 0, 9, 16):
        weights = tastes(BLOCK_OF_2000, day)
        how_many = (weights > 0).sum(axis=1)
        assert set(how_many.tolist()) == {1, 2, 3}
        assert np.allclose(weights.sum(axis=1), 1)


def test_tastes_drift_slowly() -> None:
    """Tomorrow resembles today more than next week does, but is not the same."""
    today = tastes(BLOCK_OF_2000, 0)
    changes = [np.abs(tastes(BLOCK_OF_2000, day) - today).sum(axis=1).mean() / 2 for day in (1, 3, 7)]
    assert 0.02 < changes[0] < changes[1] < changes[2] < 0.9


def test_interests_begin_and_end() -> None:
    before, after = tastes(BLOCK_OF_2000, 0) > 0, tastes(BLOCK_OF_2000, 13) > 0
    assert 0.3 < (after & ~before).any(axis=1).mean() < 1
    assert 0.3 < (before & ~after).any(axis=1).mean() < 1


def test_people_differ_in_money_appetite_and_language() -> None:
    block = BLOCK_OF_2000
    assert np.quantile(block.budgets, 0.9) > 2 * np.quantile(block.budgets, 0.1)
    assert abs(block.appetite.mean() - 1) < 0.05
    assert np.all(np.bincount(block.languages) > 50)


def test_a_seed_is_a_population() -> None:
    settings = WorldSettings(shoppers=50)
    again = draw_block(settings, 0, lifestyles=LIFESTYLES)
    other = draw_block(replace(settings, seed=8), 0, lifestyles=LIFESTYLES)
    assert np.array_equal(again.budgets, draw_block(settings, 0, lifestyles=LIFESTYLES).budgets)
    assert not np.array_equal(again.budgets, other.budgets)
