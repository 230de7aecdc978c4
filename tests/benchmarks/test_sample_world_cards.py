from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airloom.bench.text_arms import LLM_CARDS, SHUFFLED_CARDS
from airloom.ranking.training import shared_towers
from airloom.ranking.training.settings import FitSettings, TrainingSettings
from airloom.simulation.settings import WorldSettings
from benchmarks import sample_snapshot, sample_world_cards
from benchmarks.sample_world_cards import NO_TOWER, TITLES, measure
from tests.airloom.intents.shop import HashingEncoder


def run(home: Path, *arms: str) -> dict[str, Any]:
    """Return the figures of some arms in a small world, trained quickly."""
    quick = TrainingSettings(fit=FitSettings(epochs=1))
    quick = replace(quick, encoder=replace(quick.encoder, fit=FitSettings(epochs=1)))
    world = WorldSettings(shoppers=60, served_days=0, seed=211)
    return measure(home, world=world, settings=quick, encoder=HashingEncoder(), names=arms)


def stopped(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def made_before(*_: Any, **__: Any) -> None:
    raise AssertionError("This was made before")


def test_all_arms_are_judged_on_the_same_pages_and_a_stopped_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arms = (TITLES, LLM_CARDS, SHUFFLED_CARDS, NO_TOWER)
    with monkeypatch.context() as patch:
        patch.setattr(sample_world_cards, "page_outcomes", stopped)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, *arms)
    with monkeypatch.context() as patch:
        patch.setattr(sample_snapshot, "fill_lake", made_before)
        patch.setattr(shared_towers, "fit_tower", made_before)
        result = run(tmp_path, *arms)

    assert tuple(result["arms"]) == arms
    assert result["arms"][NO_TOWER]["weight"] == 0.0
    assert set(result["orders_minus"]) == set(result["arms"]) - {TITLES}
    losses = {name: arm["loss"] for name, arm in result["arms"].items()}
    assert len(set(losses.values())) == 4  # the arms read different texts
    for arm in result["arms"].values():
        assert 0 < arm["orders"] <= result["best_orders"]
