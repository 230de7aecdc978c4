from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from airloom.beyond_log.behavior_source import Proposals
from airloom.beyond_log.generated import BATCH_SIZE, GeneratedBehaviors
from airloom.beyond_log.generator import BehaviorGenerator
from airloom.beyond_log.settings import SamplingSettings
from airloom.ranking.history import UserHistory
from airloom.ranking.snapshot import Snapshot
from tests.airloom.ranking.small_shop import NOW, SmallShop

USERS = [f"u{number}" for number in range(150)]


def half_on_sale(snapshot: Snapshot) -> Snapshot:
    objects = snapshot.objects
    return replace(snapshot, objects=objects._replace(active=objects.active & (np.arange(300) % 2 == 0)))


def same(one: Proposals, two: Proposals) -> bool:
    return all(np.array_equal(first, second) for first, second in zip(one, two, strict=True))


@pytest.fixture(scope="module", params=[1, 3])
def passes(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def source(generator: BehaviorGenerator, snapshot: Snapshot, passes: int) -> GeneratedBehaviors:
    return GeneratedBehaviors(generator, snapshot, SamplingSettings(samples=8, passes=passes))


def histories(shop: SmallShop) -> list[UserHistory]:
    past = [shop.history(seed, events=seed % 14) for seed in range(len(USERS))]
    past[7] = UserHistory.empty()
    return past


def test_only_products_on_sale_that_the_user_does_not_know_come_out(
    generator: BehaviorGenerator, shop: SmallShop, passes: int
) -> None:
    snapshot, past = half_on_sale(shop.snapshot), histories(shop)
    proposals = source(generator, snapshot, passes).propose(USERS, past, NOW)
    assert len(proposals) == len(USERS)
    for history, proposed in zip(past, proposals, strict=True):
        assert len(proposed.products)
        assert np.isin(proposed.products, snapshot.products).all()
        assert not np.isin(proposed.products, history.objects).any()
        assert len(np.unique(proposed.products)) == len(proposed.products)
        assert ((proposed.weights > 0) & (proposed.weights <= 1)).all()
        assert ((proposed.samples >= 1) & (proposed.samples <= 8)).all()


def test_a_users_samples_do_not_depend_on_who_else_is_asked_for(
    generator: BehaviorGenerator, shop: SmallShop, passes: int
) -> None:
    drawn, past = source(generator, shop.snapshot, passes), histories(shop)
    together = drawn.propose(USERS, past, NOW)
    assert len(USERS) > 2 * BATCH_SIZE
    order = np.random.default_rng(0).permutation(len(USERS))
    mixed = drawn.propose([USERS[row] for row in order], [past[row] for row in order], NOW)
    for row, proposed in zip(order, mixed, strict=True):
        assert same(proposed, together[row])
    for row in (0, 7, 100):
        assert same(drawn.propose(USERS[row : row + 1], past[row : row + 1], NOW)[0], together[row])


def test_two_users_with_one_history_have_samples_of_their_own(
    generator: BehaviorGenerator, shop: SmallShop
) -> None:
    drawn, history = source(generator, shop.snapshot, 1), shop.history(1)
    ada, bob = drawn.propose(["ada", "bob"], [history, history], NOW)
    assert not same(ada, bob)


def test_events_of_now_and_later_are_not_read(generator: BehaviorGenerator, shop: SmallShop) -> None:
    drawn, history = source(generator, shop.snapshot, 1), shop.history(3, events=9)
    now = int(history.timestamps[6])
    assert same(
        drawn.propose(["ada"], [history], now)[0], drawn.propose(["ada"], [history.before(now)], now)[0]
    )


def test_a_user_who_knows_all_gets_nothing(generator: BehaviorGenerator, shop: SmallShop) -> None:
    count = len(shop.snapshot.products)
    history = UserHistory(
        shop.snapshot.products, np.full(count, 2, np.int8), np.full(count, NOW - 10, np.int64)
    )
    [proposed] = source(generator, shop.snapshot, 1).propose(["ada"], [history], NOW)
    assert not len(proposed.products)


def test_a_shop_without_products_gives_nothing(generator: BehaviorGenerator, shop: SmallShop) -> None:
    objects = shop.snapshot.objects
    closed = replace(shop.snapshot, objects=objects._replace(active=np.zeros(300, np.bool_)))
    [proposed] = source(generator, closed, 1).propose(["ada"], [shop.history(1)], NOW)
    assert not len(proposed.products)
