from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airloom.errors import AirloomError
from airloom.html_report.report import render_report
from pipelines.home import Home
from pipelines.local import RECORD
from pipelines.report.index import SAMPLES, write_index
from tests.offline_browser import OfflineBrowser
from tests.pipelines.demo.small_summary import summary


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home in which one daily run left the reports of its experiment and of its validation."""
    home = Home.at(tmp_path)
    folder = home.run("airloom-daily", "2026-03-15")
    _step(folder, "report-experiment", "report", render_report(title="A/B", summary="S", sections=[]))
    docs = folder / "validate-logs" / "docs"
    docs.mkdir(parents=True)
    (docs / "index.html").write_text(render_report(title="Rules", summary="S", sections=[]))
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


def test_every_report_leads_back_to_the_index(home: Home, browser: OfflineBrowser) -> None:
    reports = write_index(home)
    for name, path in reports.items():
        page = browser.open_file(Path(path))
        assert page.requests == page.complaints == page.faults == []
        if name != "index":
            assert Path(path).parent.joinpath(page.links[0]).resolve() == Path(reports["index"])


def test_a_site_that_an_older_release_made_is_left_out(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    docs = home.run("airloom-daily", "2026-03-15") / "validate-logs" / "docs" / "index.html"
    docs.write_text('<script src="https://example.org/jquery.js"></script>')
    assert "validation" not in write_index(home)
    assert f"{docs} is left out of the reports" in capsys.readouterr().err


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
