from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from airloom.bench.text_arms import LLM_CARDS, SHUFFLED_CARDS
from airloom.ranking.training.settings import FitSettings, TrainingSettings
from airloom.simulation.settings import WorldSettings
from benchmarks.sample_world_cards import NO_TOWER, TITLES, measure
from tests.airloom.intents.shop import HashingEncoder


def test_all_arms_are_judged_on_the_same_pages(tmp_path: Path) -> None:
    quick = TrainingSettings(fit=FitSettings(epochs=1))
    quick = replace(quick, encoder=replace(quick.encoder, fit=FitSettings(epochs=1)))
    world = WorldSettings(shoppers=60, served_days=0, seed=211)
    arms = (TITLES, LLM_CARDS, SHUFFLED_CARDS, NO_TOWER)
    result = measure(tmp_path, world=world, settings=quick, encoder=HashingEncoder(), names=arms)
    assert tuple(result["arms"]) == arms
    assert result["arms"][NO_TOWER]["weight"] == 0.0
    assert set(result["orders_minus"]) == set(result["arms"]) - {TITLES}
    losses = {name: arm["loss"] for name, arm in result["arms"].items()}
    assert len(set(losses.values())) == 4  # the arms read different texts
    for arm in result["arms"].values():
        assert 0 < arm["orders"] <= result["best_orders"]
