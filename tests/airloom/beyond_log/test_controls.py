from __future__ import annotations

import numpy as np
import pytest

from airloom.beyond_log.behavior_source import BehaviorSource, Proposals
from airloom.beyond_log.controls import AnotherUsers, ItemCfBehaviors, PopularityMatchedRandom
from airloom.ranking.history import UserHistory
from tests.airloom.ranking.small_shop import NOW, SmallShop

USERS = ["ada", "bob", "cid", "dee"]


def histories(shop: SmallShop) -> list[UserHistory]:
    return [shop.history(seed, events=12) for seed in range(len(USERS))]


def test_item_cf_gives_the_strongest_neighbors_that_the_user_does_not_know(shop: SmallShop) -> None:
    history = UserHistory(np.array([240, 5], np.int32), np.zeros(2, np.int8), np.full(2, NOW - 9, np.int64))
    [proposed] = ItemCfBehaviors(shop.snapshot, limit=3).propose(["ada"], [history], NOW)
    neighbors = shop.snapshot.neighbors
    sums: dict[int, float] = {}
    for item in (240, 5):
        rows = slice(neighbors.offsets[item], neighbors.offsets[item + 1])
        for product, weight in zip(neighbors.objects[rows], neighbors.weights[rows], strict=True):
            if product != 5:
                sums[int(product)] = sums.get(int(product), 0) + float(weight)
    assert proposed.products.tolist() == sorted(sums, key=lambda row: (-sums[row], row))[:3]
    assert (proposed.weights <= 1).all()


def test_random_products_are_about_as_popular(shop: SmallShop) -> None:
    item_cf = ItemCfBehaviors(shop.snapshot, limit=8)
    random = PopularityMatchedRandom(item_cf, shop.snapshot)
    popularity = shop.snapshot.objects.popularity
    ranks = np.argsort(np.argsort(-popularity[:240], kind="stable"), kind="stable")
    pairs = zip(
        item_cf.propose(USERS, histories(shop), NOW), random.propose(USERS, histories(shop), NOW), strict=True
    )
    for original, replaced in pairs:
        assert not np.array_equal(original.products, replaced.products)
        nearest = np.abs(ranks[replaced.products][:, None] - ranks[original.products]).min(axis=1)
        assert nearest.max() <= random.WIDTH


def test_another_user_is_never_oneself(shop: SmallShop) -> None:
    past = histories(shop)
    item_cf = ItemCfBehaviors(shop.snapshot)
    own = item_cf.propose(USERS, past, NOW)
    others = AnotherUsers(item_cf, USERS, past).propose(USERS, past, NOW)
    for mine, given in zip(own, others, strict=True):
        assert not np.array_equal(mine.products, given.products)
        assert any(np.array_equal(given.products, other.products) for other in own)


@pytest.mark.parametrize("name", ["item_cf", "popularity_matched_random", "another_users"])
def test_a_users_proposals_do_not_depend_on_the_others(shop: SmallShop, name: str) -> None:
    item_cf = ItemCfBehaviors(shop.snapshot)
    past = histories(shop)
    sources: dict[str, BehaviorSource] = {
        source.name: source
        for source in (
            item_cf,
            PopularityMatchedRandom(item_cf, shop.snapshot),
            AnotherUsers(item_cf, USERS, past),
        )
    }
    together = sources[name].propose(USERS, past, NOW)
    [alone] = sources[name].propose(USERS[2:3], past[2:3], NOW)
    assert all(np.array_equal(one, two) for one, two in zip(alone, together[2], strict=True))


def test_nobody_is_proposed_anything_without_a_history(shop: SmallShop) -> None:
    [proposed] = ItemCfBehaviors(shop.snapshot).propose(["ada"], [UserHistory.empty()], NOW)
    assert isinstance(proposed, Proposals)
    assert not len(proposed.products)
