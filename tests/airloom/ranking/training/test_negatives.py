from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from airloom.ranking.catalogue import top_categories
from airloom.ranking.training.negatives import (
    sampling_log_odds,
    training_candidates,
)
from tests.airloom.ranking.small_shop import SmallShop


def test_training_never_calls_a_users_own_wish_a_negative(shop: SmallShop) -> None:
    one = shop.example(1)
    wishes = [one._replace(target=target) for target in range(40)]
    drawn = training_candidates(
        wishes, shop.snapshot, negatives=20, popular_share=0.5, same_top=False, seed=1
    )
    assert drawn[:, 0].tolist() == list(range(40))
    assert not np.isin(drawn[:, 1:], np.arange(40)).any()
    assert shop.snapshot.objects.is_product[drawn].all()


def test_popular_products_are_drawn_more_often(shop: SmallShop) -> None:
    examples = [shop.example(seed) for seed in range(300)]
    drawn = training_candidates(
        examples, shop.snapshot, negatives=20, popular_share=1.0, same_top=False, seed=1
    )
    counts = np.bincount(drawn[:, 1:].ravel(), minlength=300)[:240]
    assert np.corrcoef(counts, shop.snapshot.objects.popularity[:240])[0, 1] > 0.8


def test_training_negatives_can_come_from_the_targets_own_shelf(shop: SmallShop) -> None:
    examples = [shop.example(seed) for seed in range(20)]
    drawn = training_candidates(
        examples, shop.snapshot, negatives=20, popular_share=0.5, same_top=True, seed=1
    )
    assert (drawn // 60 == drawn[:, :1] // 60).all()


@pytest.mark.parametrize("same_top", [False, True])
def test_the_odds_say_how_often_a_product_is_drawn(shop: SmallShop, same_top: bool) -> None:
    """Drawn many times, a product comes up exp(odds) times as often as if all were drawn evenly."""
    everybody = [shop.example(1)._replace(user_id=f"u{row}", target=row) for row in range(240)] * 20
    how: dict[str, Any] = {"popular_share": 0.5, "same_top": same_top}
    drawn = training_candidates(everybody, shop.snapshot, negatives=100, seed=1, **how)[:, 1:]
    odds = sampling_log_odds(shop.snapshot, **how)
    frequencies = np.bincount(drawn.ravel(), minlength=300)[:240] / (drawn.size / 240)
    np.testing.assert_allclose(frequencies, np.exp(odds[:240]), rtol=0.15)
    assert not odds[240:].any()
    even = sampling_log_odds(shop.snapshot, popular_share=0.0, same_top=same_top)
    np.testing.assert_allclose(even, 0.0, atol=1e-6)


def test_negatives_can_come_from_the_targets_own_shelf(shop: SmallShop) -> None:
    (chosen,) = training_candidates(
        [shop.example(1)._replace(target=70)],
        shop.snapshot,
        negatives=999,
        popular_share=0.0,
        same_top=True,
        seed=1,
    )
    assert set(chosen[1:]) == set(range(60, 120)) - {70}


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 6])
def test_the_top_category_is_the_root_however_deep_the_tree_is(shop: SmallShop, depth: int) -> None:
    """Two chains of nodes: 0 <- 2 <- 4 ... and 1 <- 3 <- 5 ...; products hang on their ends."""
    nodes = shop.snapshot.nodes._replace(
        parents=np.array([-1, -1, *range(2 * depth - 2)], np.int32), labels=["n"] * 2 * depth
    )
    count = len(shop.snapshot.objects.ids)
    leaves = np.array([2 * depth - 2, 2 * depth - 1, -1] * count, np.int32)[:count]
    snapshot = replace(shop.snapshot, nodes=nodes, objects=shop.snapshot.objects._replace(leaves=leaves))
    assert top_categories(snapshot)[:3].tolist() == [0, 1, -1]


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_negatives_of_the_same_top_stay_below_it_however_deep_the_tree_is(
    shop: SmallShop, depth: int
) -> None:
    nodes = shop.snapshot.nodes._replace(
        parents=np.array([-1, -1, *range(2 * depth - 2)], np.int32), labels=["n"] * 2 * depth
    )
    leaves = np.where(np.arange(300) < 100, 2 * depth - 2, 2 * depth - 1).astype(np.int32)
    objects = shop.snapshot.objects._replace(leaves=np.where(shop.snapshot.objects.is_product, leaves, -1))
    (chosen,) = training_candidates(
        [shop.example(1)._replace(target=70)],
        replace(shop.snapshot, nodes=nodes, objects=objects),
        negatives=2_000,
        popular_share=0.0,
        same_top=True,
        seed=1,
    )
    assert set(chosen[1:]) == set(range(100)) - {70}
