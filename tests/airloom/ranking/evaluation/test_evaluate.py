from __future__ import annotations

import numpy as np
import pytest

from airloom.errors import AirloomError
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.evaluation.evaluate import evaluate
from airloom.ranking.evaluation.settings import EvaluationSettings
from airloom.ranking.history import ACTION_CODE
from tests.airloom.ranking.fixed_scores import FixedScores
from tests.airloom.ranking.small_shop import SmallShop

SETTINGS = EvaluationSettings(resamples=300)


@pytest.fixture
def candidates(shop: SmallShop) -> Candidates:
    """All 240 products of the shop are in every list."""
    return Candidates(shop.snapshot)


def test_a_ranker_that_knows_is_better_and_one_that_ties_finds_nothing(
    shop: SmallShop, candidates: Candidates
) -> None:
    examples = [shop.example(1)._replace(user_id=f"u{number}") for number in range(3)]
    knowing = np.zeros(300, np.float32)
    knowing[examples[0].target] = 1.0
    rankers = {"knows": FixedScores(knowing), "ties": FixedScores(np.zeros(300, np.float32))}
    result = evaluate(rankers, examples, shop.snapshot, candidates, SETTINGS)
    assert (result["targets"], result["lists"], result["users"], result["products"]) == (3, 3, 3, 240)
    assert result["models"]["knows"]["hr1"] == result["models"]["knows"]["ndcg10"] == 1.0
    assert result["models"]["ties"]["hr100"] == 0.0
    assert result["differences"]["ties"]["hr10"] == {"mean": 1.0, "low": 1.0, "high": 1.0}


def test_what_was_ordered_in_one_moment_is_relevant_for_one_list(
    shop: SmallShop, candidates: Candidates
) -> None:
    both = [shop.example(1)._replace(target=target) for target in (7, 9)]
    scores = np.zeros(300, np.float32)
    scores[7] = 1.0
    result = evaluate({"first only": FixedScores(scores)}, both, shop.snapshot, candidates, SETTINGS)
    metrics = result["models"]["first only"]
    assert (result["targets"], result["lists"]) == (2, 1)
    assert (metrics["hr10"], metrics["recall10"], metrics["mrr10"]) == (1.0, 0.5, 1.0)


def test_it_is_the_same_every_time_and_intervals_hold_the_mean(
    shop: SmallShop, candidates: Candidates
) -> None:
    examples = [shop.example(seed) for seed in range(60)]
    rng = np.random.default_rng(0)
    rankers = {name: FixedScores(rng.random(300).astype(np.float32)) for name in ("a", "b")}
    first = evaluate(rankers, examples, shop.snapshot, candidates, SETTINGS)
    assert first == evaluate(rankers, examples, shop.snapshot, candidates, SETTINGS)
    difference = first["differences"]["b"]["ndcg10"]
    assert difference["low"] < difference["mean"] < difference["high"]


def test_slices_tell_users_and_products_that_nobody_knew(shop: SmallShop, candidates: Candidates) -> None:
    examples = [shop.example(seed) for seed in range(5)]  # they only watched
    ranker = FixedScores(np.arange(300).astype(np.float32))
    result = evaluate({"a": ranker}, examples, shop.snapshot, candidates, SETTINGS)
    assert result["slices"]["cold users"]["targets"] == 5
    assert "warm users" not in result["slices"]


def test_products_that_the_user_touched_before_are_told_apart(
    shop: SmallShop, candidates: Candidates
) -> None:
    """Somebody orders what they clicked before, which the ranker puts first, and another product."""
    example = shop.example(1)
    clicked = example.history._replace(
        objects=np.full_like(example.history.objects, 7),
        actions=np.full_like(example.history.actions, ACTION_CODE["click"]),
    )
    both = [example._replace(history=clicked, target=target) for target in (7, 9)]
    scores = np.zeros(300, np.float32)
    scores[7] = 1.0
    slices = evaluate({"a": FixedScores(scores)}, both, shop.snapshot, candidates, SETTINGS)["slices"]
    assert slices["touched before"]["models"]["a"]["recall10"] == 1.0
    assert slices["never touched before"]["models"]["a"]["recall10"] == 0.0
    assert slices["never touched before"]["targets"] == 1


def test_an_empty_window_is_named(shop: SmallShop, candidates: Candidates) -> None:
    with pytest.raises(AirloomError, match="No product was ordered"):
        evaluate({"a": FixedScores(np.zeros(300, np.float32))}, [], shop.snapshot, candidates, SETTINGS)
