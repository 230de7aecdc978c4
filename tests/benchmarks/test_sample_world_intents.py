from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from airloom.ranking.training.settings import FitSettings, TrainingSettings
from airloom.simulation.truth import measure_intent_quality
from benchmarks.sample_world_intents import READERS, WITHOUT, compared, trained_rankers, write_truth
from tests.airloom.intents.shop import HashingEncoder


def test_the_oracle_answers_what_the_lifestyles_buy(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in write_truth(tmp_path / "truth.jsonl").read_text().splitlines()]
    answers = {
        line["id"]: [(path["labels"][-1], path["confidence"]) for path in line["paths"]] for line in lines
    }
    result = measure_intent_quality(answers)["all"]
    assert result.precision == 1.0
    assert result.recall > 0.7


def test_all_readers_are_judged_on_the_same_orders(tmp_path: Path) -> None:
    quick = TrainingSettings(fit=FitSettings(epochs=1))
    quick = replace(quick, encoder=replace(quick.encoder, fit=FitSettings(epochs=1)))
    rankers, judged = trained_rankers(
        tmp_path, shoppers=60, settings=quick, encoder=HashingEncoder(), reader_encoder=HashingEncoder()
    )
    result = compared(rankers, judged)
    assert set(result["models"]) == {*READERS, WITHOUT}
    assert result["orders"] == len(judged.examples) > 0
    assert set(result["comparisons"]["recorded"]) == {"oracle", "encoder", WITHOUT}
    for example in judged.examples:
        assert (example.history.timestamps < example.now).all()
