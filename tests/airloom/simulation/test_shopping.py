from __future__ import annotations

import numpy as np
import pytest

from airloom.simulation.settings import WorldSettings
from airloom.simulation.shopping import Purchases, ShoppingModel, expected_quantities, quantities
from airloom.simulation.world import World
from airloom.timestamps import MICROS_PER_DAY


@pytest.fixture(scope="module")
def big() -> World:
    return World(WorldSettings(shoppers=4_000))


def shop(world: World, wants: np.ndarray, day: int = 6) -> Purchases:
    seller = ShoppingModel(seed=world.settings.seed, catalogue=world.catalogue, publication=world.publication)
    return seller.purchases(day=day, number=0, block=world.block(0), wants=wants)


def wants_of(world: World, leaf: int | None) -> np.ndarray:
    wants = np.zeros((world.settings.shoppers, len(world.catalogue.leaves)), np.float32)
    if leaf is not None:
        wants[:, leaf] = 1
    return wants


def test_clicks_come_before_carts_before_orders_on_the_same_day(big: World) -> None:
    done = shop(big, wants_of(big, 3))
    carted, ordered = done.carted >= 0, done.ordered >= 0
    assert 0 < ordered.sum() < carted.sum() < len(done.users)
    assert np.all(carted[ordered])
    assert np.all(done.clicked[carted] < done.carted[carted])
    assert np.all(done.carted[ordered] < done.ordered[ordered])
    assert np.all(done.clicked >= 0)
    assert max(done.clicked.max(), done.carted.max(), done.ordered.max()) < MICROS_PER_DAY


def test_people_look_for_what_they_want(big: World) -> None:
    leaves = big.catalogue.product_leaves
    aimed = shop(big, wants_of(big, 3))
    aimless = shop(big, wants_of(big, None))
    assert (leaves[aimed.products] == 3).mean() > 0.3
    assert (leaves[aimless.products] == 3).mean() < 0.05
    assert (aimed.ordered >= 0).mean() > 2 * (aimless.ordered >= 0).mean()


def test_without_aim_people_look_at_what_is_famous(big: World) -> None:
    done = shop(big, wants_of(big, None))
    fame = big.publication.product_fame
    assert fame[done.products].mean() > 2 * fame.mean()


def test_the_sensitive_buy_cheaper(big: World) -> None:
    done = shop(big, wants_of(big, 3))
    bought = done.ordered >= 0
    prices = big.catalogue.prices[done.products]
    assert prices[bought].mean() < prices[~bought].mean()
    budgets = big.block(0).budgets[done.users]
    poor = budgets < np.median(budgets)
    assert prices[bought & poor].mean() < prices[bought & ~poor].mean()


def test_nothing_is_sold_before_it_is_on_the_shelf(big: World) -> None:
    for day in (0, 6):
        done = shop(big, wants_of(big, 3), day=day)
        assert np.all(big.publication.on_shelf(day)[done.products])


def test_the_expected_quantity_is_the_mean_quantity() -> None:
    luck = (np.arange(1_000) + 0.5) / 1_000
    for price in (5.0, 24.99, 25.0, 400.0):
        pieces = quantities(luck, np.full(1_000, price))
        assert pieces.mean() == pytest.approx(expected_quantities(np.array([price]))[0])
