from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.simulation.shoppers import ShopperBlock
from airloom.simulation.tastes import DELAY, Tastes, affordable, intent_to_buy
from airloom.simulation.truth import load_truth
from airloom.simulation.world import World

PRICE = st.floats(0.5, 10_000)


class WatchedOnce:
    """Everybody watches six videos of lifestyle 0 on day 10, and nothing else."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def views(self, *, day: int, **_block: object) -> int:
        self.asked.append(day)
        return day

    def counts(self, views: int, *, shoppers: int) -> np.ndarray:
        counts = np.zeros((shoppers, len(load_truth().lifestyles)), np.uint8)
        counts[:, 0] = 6 * (views == 10)
        return counts


@pytest.fixture
def block(world: World) -> ShopperBlock:
    return world.block(0)


def test_wanting_follows_watching_by_one_to_five_days(block: ShopperBlock) -> None:
    truth = load_truth()
    tastes = Tastes(truth=truth, watching=WatchedOnce())  # type: ignore[arg-type]
    favorite = int(truth.weights[0].argmax())
    wants = [float(tastes.wants(day=day, number=0, block=block)[0, favorite]) for day in range(9, 18)]
    assert wants[:2] == [0, 0]  # the day before, and the day itself
    assert all(want > 0 for want in wants[2:7])
    assert wants[2] == max(wants)
    assert wants[7:] == [0, 0]


def test_wants_are_of_the_lifestyles_leaves_by_their_weights(block: ShopperBlock) -> None:
    truth = load_truth()
    tastes = Tastes(truth=truth, watching=WatchedOnce())  # type: ignore[arg-type]
    wants = tastes.wants(day=11, number=0, block=block)[0]
    assert np.array_equal(wants > 0, truth.weights[0] > 0)
    assert np.allclose(wants / wants.max(), truth.weights[0] / truth.weights[0].max())


def test_a_day_is_drawn_once_for_all_the_days_that_need_it(block: ShopperBlock) -> None:
    watching = WatchedOnce()
    tastes = Tastes(truth=load_truth(), watching=watching)  # type: ignore[arg-type]
    for day in range(3):
        tastes.wants(day=day, number=0, block=block)
    assert sorted(watching.asked) == list(range(-len(DELAY), 2))


def test_what_is_remembered_is_what_would_be_drawn(world: World) -> None:
    day = world.settings.history[-1]
    fresh = World(world.settings).wants(day, 0)
    list(world.events(world.settings.history[-2]))
    assert np.array_equal(world.wants(day, 0), fresh)


@given(PRICE, PRICE, st.floats(10, 500), st.floats(1.8, 3.0))
def test_dearer_is_less_affordable(one: float, other: float, budget: float, sensitivity: float) -> None:
    cheap, dear = sorted((one, other))
    readiness = affordable(np.array([cheap, dear]), budgets=budget, sensitivities=sensitivity)
    assert 1 >= readiness[0] >= readiness[1] >= 0
    assert affordable(np.array([budget]), budgets=budget, sensitivities=sensitivity)[0] == 0.5


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_who_wants_more_or_can_pay_more_buys_more(want: float, more: float, readiness: float) -> None:
    low, high = sorted((want, more))
    chance = intent_to_buy(np.array([low, high]), np.array([readiness, readiness]))
    assert 0 <= chance[0] <= chance[1] <= 1
    assert intent_to_buy(np.array([1.0]), np.array([readiness]))[0] == pytest.approx(readiness)
