from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.leaderboard import BOARD, RESULTS, KeptRun, kept_runs, leaderboard


def run(file: str, dataset: str, **hits: float) -> KeptRun:
    def model(name: str, hit: float) -> dict[str, Any]:
        score = {"hr10": hit, "hr10_ci": [hit - 0.03, hit + 0.03], "ndcg10": hit / 2}
        return {"name": name, "seeds": 3, "test": {"food": score, "all": score}, "seconds": 1234.5}

    return KeptRun(
        file,
        {
            "dataset": {
                "name": dataset,
                "split": "test",
                "cases": 1000,
                "versions": {"encoder": "e-1", "intents": ""},
            },
            "machine": {"processor": "Fast", "cores": 2},
            "commit": "abc",
            "models": [model(name, hit) for name, hit in hits.items()],
        },
    )


def test_the_best_model_is_first_and_every_run_is_kept() -> None:
    page = leaderboard([run("b.json", "films", air=0.5, cf=0.6), run("a.json", "films", air=0.4)])
    lines = page.splitlines()
    assert [line.split(" | ")[0] for line in lines if line.startswith("| ")] == [
        "| model",
        "| cf",
        "| air",
        "| model",
        "| air",
    ]
    assert "| cf | 3 | 0.600 (0.570 to 0.630) | 0.300 | 1,234 |" in lines
    assert "`b.json`: commit `abc`, Fast, 2 cores, 1,000 cases, encoder e-1" in lines


def test_datasets_have_a_chapter_each() -> None:
    page = leaderboard([run("b.json", "films", air=0.5), run("a.json", "books", air=0.4)])
    assert page.index("## books") < page.index("## films")


def test_the_published_leaderboard_is_of_the_kept_results() -> None:
    assert kept_runs(RESULTS)
    assert BOARD.read_text(encoding="utf-8") == leaderboard(kept_runs(RESULTS))


def test_what_was_judged_on_valid_is_not_shown(tmp_path: Path) -> None:
    kept = run("a.json", "films", air=0.4)
    for split in ("test", "valid"):
        result = {**kept.result, "dataset": {**kept.result["dataset"], "split": split}}
        (tmp_path / f"{split}.json").write_text(json.dumps(result), encoding="utf-8")
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    assert [kept.file for kept in kept_runs(tmp_path)] == ["test.json"]
