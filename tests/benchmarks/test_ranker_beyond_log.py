from __future__ import annotations

from dataclasses import replace

import pytest

from airloom.bench.model_factory import ModelSettings
from airloom.ranking.training.settings import FitSettings, ForestSettings, TrainingSettings
from airloom.ranking.training.training_view import TrainingView
from benchmarks.ranker_beyond_log import ARMS, NONE, measure, summary
from benchmarks.sample_world_intents import Window
from tests.airloom.beyond_log.small_generators import settings as small_generator
from tests.airloom.ranking.small_shop import NOW, SmallShop, small_snapshot, some_history


@pytest.fixture(scope="module")
def shop() -> SmallShop:
    return SmallShop(small_snapshot(), NOW, some_history)


def window(shop: SmallShop, first: int, *, users: int) -> Window:
    past = TrainingView(shop.snapshot, shop.sequences(users))
    return Window(past, [shop.example(first + seed) for seed in range(80)])


def test_every_arm_is_compared_on_the_same_orders(shop: SmallShop) -> None:
    once = FitSettings(epochs=1)
    training = TrainingSettings(fit=once, forest=ForestSettings(rounds=5), negatives=10)
    training = replace(training, encoder=replace(training.encoder, fit=once))
    result = measure(
        window(shop, 0, users=60),
        window(shop, 1000, users=80),
        ModelSettings(training=training, generator=small_generator()),
    )
    assert (result["labels"], result["orders"]) == (80, 80)
    assert set(result["models"]) == {NONE, *ARMS}
    for arm in ARMS:
        assert set(result["differences"][arm]) == {NONE, *ARMS} - {arm}
        if result["arms"][arm]["weight"] == 0:
            assert result["models"][arm] == result["models"][NONE]
        assert f"{arm} - {NONE}: " in summary(result)
