"""Inferred behaviors in the stack: what foretells labels counts, what does not counts nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from airloom.ranking.inferred import InferredBehaviors
from airloom.ranking.settings import InputSettings, RankerSettings
from airloom.ranking.training.examples import Example
from airloom.ranking.training.fit_second_stage import FittedStage, fit_second_stage
from airloom.ranking.training.settings import FitSettings, ForestSettings, TrainingSettings
from tests.airloom.ranking.small_shop import SmallShop, untrained

COUNT, PRODUCTS, INFERRED = 400, 240, 10
Infer = Callable[[int, Example], InferredBehaviors]


def random_products(seed: int, _: Example) -> InferredBehaviors:
    products = np.random.default_rng(seed).choice(PRODUCTS, INFERRED, replace=False)
    return InferredBehaviors(products.astype(np.int32), np.full(INFERRED, 0.1, np.float32))


def with_the_target(seed: int, example: Example) -> InferredBehaviors:
    """What an oracle knows of half of the users; of the others it knows nothing."""
    inferred = random_products(seed, example)
    if seed % 2:
        inferred.products[0] = example.target
    return inferred


def nothing(_: int, __: Example) -> InferredBehaviors:
    return InferredBehaviors.none()


def fitted(
    shop: SmallShop, infer: Infer, *, use_inferred: bool = True, kept: FittedStage | None = None
) -> FittedStage:
    examples = [shop.example(seed) for seed in range(COUNT)]
    examples = [
        example._replace(history=example.history._replace(inferred=infer(seed, example)))
        for seed, example in enumerate(examples)
    ]
    settings = TrainingSettings(
        ranker=RankerSettings(inputs=InputSettings(use_inferred=use_inferred)),
        fit=FitSettings(epochs=1),
        forest=ForestSettings(rounds=20),
        negatives=20,
        held_out=0.5,
    )
    return fit_second_stage(examples, shop.snapshot, untrained(shop.snapshot).towers, settings, kept=kept)


@pytest.fixture(scope="module")
def plain(shop: SmallShop) -> FittedStage:
    return fitted(shop, nothing)


def test_behaviors_that_foretell_labels_count_and_help(shop: SmallShop, plain: FittedStage) -> None:
    oracle = fitted(shop, with_the_target)
    assert oracle.stage.weights.inferred > 0.3
    assert oracle.held_out.mean < plain.held_out.mean - 0.2


def test_random_behaviors_count_nothing_and_do_no_harm(shop: SmallShop, plain: FittedStage) -> None:
    by_chance = fitted(shop, random_products)
    assert by_chance.stage.weights.inferred < 0.05
    assert by_chance.held_out.mean == pytest.approx(plain.held_out.mean, abs=0.01)


def test_where_they_are_not_read_the_ranker_is_that_of_before(shop: SmallShop, plain: FittedStage) -> None:
    unread = fitted(shop, with_the_target, use_inferred=False)
    assert plain.stage.weights.inferred == 0
    assert unread.stage.weights == plain.stage.weights
    assert unread.held_out.losses.tobytes() == plain.held_out.losses.tobytes()


def test_with_network_and_forest_kept_the_stage_is_that_of_a_whole_fit(
    shop: SmallShop, plain: FittedStage
) -> None:
    whole, kept = fitted(shop, with_the_target), fitted(shop, with_the_target, kept=plain)
    assert kept.stage.network is plain.stage.network
    assert kept.stage.weights == whole.stage.weights
    assert kept.held_out.losses.tobytes() == whole.held_out.losses.tobytes()
