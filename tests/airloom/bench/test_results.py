from __future__ import annotations

import json

from airloom.ranking.evaluation.metrics import CUTS, METRICS
from tests.airloom.bench.small_results import small_eval_cases, small_results


def test_what_is_written_down() -> None:
    written = small_results().to_json()
    assert json.loads(json.dumps(written, allow_nan=False)) == written
    assert written["commit"] == "abc1234"
    assert written["machine"] == {"cores": 2}
    assert written["settings"]["intervals"] == {"resamples": 200, "confidence": 0.95, "seed": 23}
    assert written["dataset"] == {
        "name": "small",
        "split": "test",
        "cases": 40,
        "users": 20,
        "candidates": 21.0,
        "digest": small_eval_cases().digest,
    }
    names = ["air", "air_without_intents", "popularity"]
    assert [model["name"] for model in written["models"]] == names
    model = written["models"][1]
    assert (model["seeds"], model["seconds"], model["seconds_ranking"]) == (2, 13.0, 1.0)
    assert (model["seconds_training"], model["memory_mb"]) == (12.0, 300.0)
    assert list(model["test"]) == ["food", "kitchen", "all"]
    metrics = [f"{metric}{k}" for metric in ("hr", "ndcg") for k in (1, 3, 5, 10)]
    assert list(model["test"]["all"]) == ["targets", *metrics, "hr10_ci", "ndcg10_ci", "hr10_by_seed"]
    low, high = model["test"]["all"]["hr10_ci"]
    assert low < model["test"]["all"]["hr10"] < high
    every = {f"{name}{k}" for name in METRICS for k in CUTS}
    assert set(model["full"]["food"]) == {"targets", *every, "hr10_ci", "ndcg10_ci"}
    assert set(model["slices"]["rare items"]) == {"targets", "hr10", "ndcg10", "hr10_ci"}
    assert "new users" not in model["slices"]  # there are none
    difference = written["differences"][0]
    assert (difference["of"], difference["minus"], difference["where"]) == (*names[:2], "all")
    assert set(difference) == {
        *("of", "minus", "where", "targets"),
        *("hr10", "hr10_ci", "ndcg10", "ndcg10_ci"),
    }
