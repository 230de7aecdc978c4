from __future__ import annotations

import numpy as np

from airloom.ranking.reasons.popular_products import popular_products
from tests.airloom.ranking.small_shop import PRODUCTS, SmallShop


def test_a_quarter_of_each_category_is_popular(shop: SmallShop) -> None:
    objects = shop.snapshot.objects
    popularity = np.zeros_like(objects.popularity)
    popularity[:PRODUCTS] = np.arange(PRODUCTS, 0, -1)  # of the first leaf, with ten products
    popularity[PRODUCTS] = 0.1  # the only product of the second leaf that somebody touched
    popular = popular_products(objects._replace(popularity=popularity))
    assert np.flatnonzero(popular).tolist() == [0, 1, 2, PRODUCTS]


def test_what_may_not_be_shown_is_no_competition(shop: SmallShop) -> None:
    objects = shop.snapshot.objects
    popularity = np.zeros_like(objects.popularity)
    popularity[:PRODUCTS] = np.arange(PRODUCTS, 0, -1)
    active = objects.active.copy()
    active[:7] = False
    popular = popular_products(objects._replace(popularity=popularity, active=active))
    assert np.flatnonzero(popular).tolist() == [7]


def test_the_only_product_of_a_category_is_not_called_popular_in_it(shop: SmallShop) -> None:
    objects = shop.snapshot.objects
    active = objects.active.copy()
    active[1:PRODUCTS] = False
    popularity = np.ones_like(objects.popularity)
    popular = popular_products(objects._replace(popularity=popularity, active=active))
    assert not popular[0]
    assert popular.any()


def test_products_without_a_category_are_compared_with_each_other(shop: SmallShop) -> None:
    objects = shop.snapshot.objects
    popular = popular_products(objects._replace(leaves=np.full_like(objects.leaves, -1)))
    products = shop.snapshot.products
    best = products[np.argsort(-objects.popularity[products])[: len(products) // 4]]
    assert np.flatnonzero(popular).tolist() == sorted(best.tolist())
