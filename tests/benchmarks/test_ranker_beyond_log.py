from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from airloom.bench.model_factory import ModelSettings
from airloom.beyond_log.settings import GeneratorSettings, GeneratorTrainingSettings
from airloom.logs.lake import Lake
from airloom.ranking.training.settings import FitSettings, TrainingSettings
from benchmarks.ranker_beyond_log import ARMS, NONE, measure, summary, two_windows
from tests.airloom.intents.shop import HashingEncoder


def test_every_arm_is_compared_on_the_same_orders(tmp_path: Path) -> None:
    once = FitSettings(epochs=1)
    training = TrainingSettings(fit=once)
    settings = ModelSettings(
        training=replace(training, encoder=replace(training.encoder, fit=once)),
        generator=GeneratorTrainingSettings(GeneratorSettings(width=16, layers=1, heads=2), fit=once),
    )
    windows = two_windows(Lake(tmp_path), shoppers=60, seed=101, encoder=HashingEncoder())
    result = measure(*windows, settings)
    assert set(result["models"]) == {NONE, *ARMS}
    assert result["orders"] == len(windows[1].examples) > 0
    for arm in ARMS:
        assert set(result["differences"][arm]) == {NONE, *ARMS} - {arm}
        if result["arms"][arm]["weight"] == 0:
            assert result["models"][arm] == result["models"][NONE]
        assert f"{arm} - {NONE}: " in summary(result)
