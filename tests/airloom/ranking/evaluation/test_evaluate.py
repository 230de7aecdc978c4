from __future__ import annotations

import numpy as np
import pytest

from airloom.errors import AirloomError
from airloom.ranking.evaluation.evaluate import evaluate
from airloom.ranking.evaluation.settings import EvaluationSettings
from tests.airloom.ranking.fixed_scores import FixedScores
from tests.airloom.ranking.small_shop import SmallShop

SETTINGS = EvaluationSettings(negatives=99, resamples=300)


def test_a_ranker_that_knows_is_better_and_one_that_ties_finds_nothing(shop: SmallShop) -> None:
    examples = [shop.example(1)] * 3
    knowing = np.zeros(300, np.float32)
    knowing[examples[0].target] = 1.0
    rankers = {"knows": FixedScores(knowing), "ties": FixedScores(np.zeros(300, np.float32))}
    result = evaluate(rankers, examples, shop.snapshot, SETTINGS)
    assert result["models"]["knows"]["hr1"] == result["models"]["knows"]["ndcg10"] == 1.0
    assert result["models"]["ties"]["hr10"] == 0.0
    assert result["differences"]["ties"]["hr10"] == {"mean": 1.0, "low": 1.0, "high": 1.0}


def test_it_is_the_same_every_time_and_intervals_hold_the_mean(shop: SmallShop) -> None:
    examples = [shop.example(seed) for seed in range(60)]
    rng = np.random.default_rng(0)
    rankers = {name: FixedScores(rng.random(300).astype(np.float32)) for name in ("a", "b")}
    first = evaluate(rankers, examples, shop.snapshot, SETTINGS)
    assert first == evaluate(rankers, examples, shop.snapshot, SETTINGS)
    difference = first["differences"]["b"]["ndcg10"]
    assert difference["low"] < difference["mean"] < difference["high"]


def test_slices_tell_users_and_products_that_nobody_knew(shop: SmallShop) -> None:
    examples = [shop.example(seed) for seed in range(5)]  # they only watched
    ranker = FixedScores(np.arange(300).astype(np.float32))
    result = evaluate({"a": ranker}, examples, shop.snapshot, SETTINGS)
    assert result["slices"]["cold users"]["targets"] == 5
    assert "warm users" not in result["slices"]


def test_an_empty_window_is_named(shop: SmallShop) -> None:
    with pytest.raises(AirloomError, match="No product was ordered"):
        evaluate({"a": FixedScores(np.zeros(300, np.float32))}, [], shop.snapshot, SETTINGS)
