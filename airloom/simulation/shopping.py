"""What shoppers do in the shop on their own: they click on what they want or what is famous, some buy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.simulation.catalogue import SampleCatalogue
from airloom.simulation.clock import MINUTE, arrivals
from airloom.simulation.distinct import distinct_pairs
from airloom.simulation.publication import Publication
from airloom.simulation.seeds import stream
from airloom.simulation.segments import draw_indices, running_mass
from airloom.simulation.shoppers import ShopperBlock
from airloom.simulation.tastes import affordable, intent_to_buy
from airloom.simulation.watching import present
from airloom.timestamps import MICROS_PER_SECOND

_CLICKS = 2.0  # a day by somebody of appetite 1 who comes
_AIMLESS = 1.2  # want that a look around without aim is worth, against the sum of all wants
_BUYS_HERE = 0.55  # of those who would buy, who do so now
_CARTS_PER_ORDER = 2.0
_CHEAP = 25.0  # USD below which some take two
_TWO_OF_CHEAP = 0.15  # how many do


class Purchases(NamedTuple):
    """Clicks of one day and block, and how far each of them went.

    Attributes:
        users: int64 [K], rows of the block.
        products: int64 [K], rows of the catalogue's products.
        clicked: int64 [K], microseconds after midnight.
        carted: int64 [K], likewise, -1 for never.
        ordered: int64 [K], likewise, -1 for never.
        quantities: int64 [K], meaningful where ordered.
    """

    users: NDArray[np.int64]
    products: NDArray[np.int64]
    clicked: NDArray[np.int64]
    carted: NDArray[np.int64]
    ordered: NDArray[np.int64]
    quantities: NDArray[np.int64]


class ShoppingModel:
    """Draws the clicks, carts and orders of any day and block, each from random numbers of its own."""

    def __init__(self, *, seed: int, catalogue: SampleCatalogue, publication: Publication) -> None:
        self._seed = seed
        self._catalogue = catalogue
        self._publication = publication
        self._by_leaf = _products_by_leaf(catalogue)

    def purchases(
        self, *, day: int, number: int, block: ShopperBlock, wants: NDArray[np.float32], share: float = 1.0
    ) -> Purchases:
        """Return what a block of shoppers does in the shop on a day, given their wants [B, leaves].

        `share` is the part of their usual clicks that is left where they are shown pages as well.
        """
        random = stream(self._seed, "shop", day=day, block=number)
        here = present(self._seed, day=day, number=number, block=block)
        users = np.repeat(np.arange(len(here)), random.poisson(share * _CLICKS * block.appetite * here))
        products = self._products(random, day=day, users=users, block=block, wants=wants)
        users, products = distinct_pairs(users, products, objects_in_all=len(self._catalogue.prices))
        prices = self._catalogue.prices[products]
        readiness = affordable(prices, budgets=block.budgets[users], sensitivities=block.sensitivities[users])
        want = wants[users, self._catalogue.product_leaves[products]].astype(np.float64)
        chance = _BUYS_HERE * intent_to_buy(want, readiness)
        luck = random.random(len(users))
        clicked = arrivals(random, users.shape, stay=12 * MINUTE)
        carted = clicked + random.integers(10 * MICROS_PER_SECOND, 2 * MINUTE, len(users))
        ordered = carted + random.integers(20 * MICROS_PER_SECOND, 10 * MINUTE, len(users))
        return Purchases(
            users,
            products,
            clicked,
            np.where(luck < _CARTS_PER_ORDER * chance, carted, -1),
            np.where(luck < chance, ordered, -1),
            quantities(random.random(len(users)), prices),
        )

    def _products(
        self,
        random: np.random.Generator,
        *,
        day: int,
        users: NDArray[np.int64],
        block: ShopperBlock,
        wants: NDArray[np.float32],
    ) -> NDArray[np.int64]:
        shelf = self._publication.on_shelf(day)
        fame = running_mass(np.where(shelf, self._publication.product_fame, 0.0))
        famous = draw_indices(random, fame, begins=np.zeros_like(users), ends=np.full_like(users, len(shelf)))
        count = wants.shape[1]
        mass = running_mass(wants)
        total = mass[(users + 1) * count] - mass[users * count]
        leaves = draw_indices(random, mass, begins=users * count, ends=(users + 1) * count) % count
        choices = self._by_leaf[leaves]
        price = self._catalogue.prices[choices]
        readiness = affordable(
            price,
            budgets=block.budgets[users, None],
            sensitivities=block.sensitivities[users, None],
        )
        charm = self._publication.product_appeal[choices] ** 2 * np.sqrt(readiness) * shelf[choices]
        charm = np.where(choices >= 0, charm, 0.0).cumsum(axis=1)
        pick = (random.random((len(users), 1)) * charm[:, -1:] >= charm).sum(axis=1)
        wanted = choices[np.arange(len(users)), np.minimum(pick, choices.shape[1] - 1)]
        aimless = random.random(len(users)) * (total + _AIMLESS) >= total
        products: NDArray[np.int64] = np.where(aimless | (charm[:, -1] == 0), famous, wanted)
        return products


def quantities(luck: NDArray[np.float64], prices: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the pieces in each order: one, or two of a cheap product."""
    return np.where((prices < _CHEAP) & (luck < _TWO_OF_CHEAP), 2, 1)


def expected_quantities(prices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the expected value of `quantities`."""
    return np.where(prices < _CHEAP, 1.0 + _TWO_OF_CHEAP, 1.0)


def _products_by_leaf(catalogue: SampleCatalogue) -> NDArray[np.int64]:
    """Return the rows of the products of each leaf, padded with -1."""
    leaves = catalogue.product_leaves
    order = np.argsort(leaves, kind="stable")
    sizes = np.bincount(leaves, minlength=len(catalogue.leaves))
    table = np.full((len(sizes), sizes.max()), -1, np.int64)
    table[np.arange(sizes.max()) < sizes[:, None]] = order
    return table
