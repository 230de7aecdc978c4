from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from airloom.errors import AirloomError
from airloom.ranking.air import RankerSettings
from airloom.ranking.evaluation import EvaluationSettings, evaluate
from airloom.ranking.inputs import InputSettings
from airloom.ranking.training import Trained, TrainingSettings, train
from tests.airloom.ranking.small_shop import Shop

SETTINGS = TrainingSettings(epochs=3, negatives=10)
CONTROL = replace(SETTINGS, ranker=RankerSettings(inputs=InputSettings(use_intents=False)))


@pytest.fixture(scope="module")
def trained(shop: Shop) -> Trained:
    return train([shop.example(seed) for seed in range(250)], shop.snapshot, SETTINGS)


def test_the_same_examples_and_seed_give_the_same_ranker(shop: Shop, trained: Trained) -> None:
    again = train([shop.example(seed) for seed in range(250)], shop.snapshot, SETTINGS)
    assert again.ranker.version == trained.ranker.version
    assert again.curve == trained.curve


def test_another_seed_gives_another_ranker(shop: Shop, trained: Trained) -> None:
    other = train([shop.example(seed) for seed in range(250)], shop.snapshot, replace(SETTINGS, seed=1))
    assert other.ranker.version != trained.ranker.version


def test_intents_win_where_only_intents_can(shop: Shop, trained: Trained) -> None:
    control = train([shop.example(seed) for seed in range(250)], shop.snapshot, CONTROL)
    result = evaluate(
        {"air": trained.ranker, "without": control.ranker},
        [shop.example(seed) for seed in range(5000, 5100)],
        shop.snapshot,
        EvaluationSettings(negatives=99, resamples=200),
    )
    assert result["differences"]["without"]["hr10"]["low"] > 0.2


def test_the_best_epoch_is_the_one_kept(trained: Trained) -> None:
    losses = [epoch.held_out_loss for epoch in trained.curve]
    assert trained.best == int(np.argmin(losses))
    assert trained.curve[-1].training_loss < trained.curve[0].training_loss


def test_training_stops_when_it_only_gets_worse(shop: Shop) -> None:
    examples = [shop.example(seed) for seed in range(60)]
    hasty = replace(SETTINGS, epochs=30, patience=1, learning_rate=0.3)
    assert len(train(examples, shop.snapshot, hasty).curve) < 30


def test_too_few_examples_are_refused(shop: Shop) -> None:
    with pytest.raises(AirloomError, match="3 examples are too few"):
        train([shop.example(seed) for seed in range(3)], shop.snapshot, SETTINGS)
