from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airloom.errors import AirloomError
from pipelines.home import Home
from pipelines.local import RECORD
from pipelines.report.index import SAMPLES, write_index
from tests.pipelines.demo.small_summary import summary


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home in which one daily run left a page and Data Docs."""
    home = Home.at(tmp_path)
    folder = home.run("airloom-daily", "2026-03-15")
    _step(folder, "report-experiment", "report", "<p>the A/B page</p>")
    docs = folder / "validate-logs" / "docs"
    docs.mkdir(parents=True)
    (docs / "index.html").write_text("data docs")
    (docs / "style.css").write_text("css")
    _output(folder / "validate-logs", "data_docs", docs)
    (folder / RECORD).write_text(json.dumps({"name": "airloom-daily", "status": "SUCCEEDED", "seconds": 9.0}))
    return home


def _step(folder: Path, step: str, artifact: str, text: str) -> None:
    file = folder / step / artifact
    file.parent.mkdir(parents=True)
    file.write_text(text)
    _output(file.parent, artifact, file)


def _output(folder: Path, artifact: str, path: Path) -> None:
    output = {"artifacts": {artifact: {"artifacts": [{"uri": str(path), "metadata": {}}]}}}
    (folder / "executor_output.json").write_text(json.dumps(output))


def test_every_link_of_the_index_leads_to_a_page(home: Home) -> None:
    reports = write_index(home)
    assert {"validation", "experiment", "pipelines", "mlflow", "index"} <= set(reports)
    assert all(Path(path).is_file() for path in reports.values())
    index = Path(reports["index"]).read_text(encoding="utf-8")
    for name, path in reports.items():
        if name != "index":
            assert f'href="{Path(path).relative_to(home.report)}"' in index


def test_data_docs_come_whole(home: Home) -> None:
    write_index(home)
    assert (home.report / "validation" / "style.css").read_text() == "css"


def test_the_demos_figures_and_rankings_are_shown(home: Home, tmp_path: Path) -> None:
    home.summary.write_text(json.dumps(summary(tmp_path).to_json()))
    (home.root / "demo").mkdir()
    (home.root / "demo" / SAMPLES).write_text(json.dumps([sample()]))

    reports = write_index(home)

    index = Path(reports["index"]).read_text(encoding="utf-8")
    assert "GMV per user, air vs item_cf: +20.0 % (95% interval +10.0 % to +30.0 %); the true effect" in index
    assert index.count("<svg") == 3
    explained = Path(reports["explained"]).read_text(encoding="utf-8")
    assert "van life → Camp Kitchen → Camping Stoves" in explained
    assert "&lt;b&gt;Stove" in explained


def test_an_experiment_without_an_estimate_is_shown_as_one(home: Home, tmp_path: Path) -> None:
    home.summary.write_text(json.dumps(summary(tmp_path, lift=None).to_json()))

    index = Path(write_index(home)["index"]).read_text(encoding="utf-8")

    assert "The experiment has no estimate yet: not enough data." in index
    assert "no estimate yet</" in index
    assert "A/B test: GMV per user" not in index


def test_the_index_follows_the_primary_metric(home: Home, tmp_path: Path) -> None:
    home.summary.write_text(json.dumps(summary(tmp_path, primary="ctr", true_lift=None).to_json()))

    index = Path(write_index(home)["index"]).read_text(encoding="utf-8")

    assert "CTR, air vs item_cf: +20.0 % (95% interval +10.0 % to +30.0 %)." in index
    assert "A/B test: CTR</h2>" in index
    assert "change of CTR, air vs item_cf, %" in index
    assert "GMV" not in index


def test_without_a_run_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match=r"No pipeline has finished in .* Run: airloom demo"):
        write_index(Home.at(tmp_path))


def sample() -> dict[str, Any]:
    reason = {"chain": ["van life", "Camp Kitchen", "Camping Stoves"], "events": []}
    item = {"position": 1, "title": "<b>Stove", "price": 9.5, "reason": reason}
    return {
        "variant": "air",
        "model_version": "air-1",
        "snapshot_digest": "d",
        "degraded": ["unknown_candidates:1"],
        "items": [item],
    }
