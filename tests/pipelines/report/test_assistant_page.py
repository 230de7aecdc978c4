from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipelines.home import Home
from pipelines.report.assistant_page import SERVICE
from pipelines.report.index import write_index
from tests.model_service.shop import make_snapshot, with_attributes
from tests.offline_browser import OfflineBrowser
from tests.pipelines.report.small_home import daily_run, training_run


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a snapshot and an experiment that needs no trained ranker."""
    home = Home.at(tmp_path / "my home")
    daily_run(home)
    training_run(home)
    saved = with_attributes(make_snapshot()).save(home.lake / "snapshots")
    current = {"digest": saved.digest, "as_of": saved.before}
    (home.lake / "snapshots" / "current.json").write_text(json.dumps(current), encoding="utf-8")
    variants = [{"name": "popular", "share": 1, "ranker": "popularity"}]
    experiment = {"name": "one", "salt": "s", "control": "popular", "variants": variants}
    home.experiment.write_text(json.dumps(experiment), encoding="utf-8")
    return home


def recording(file: Path) -> Any:
    (data,) = re.findall(r'id="data">(.*?)</script>', file.read_text(encoding="utf-8"), flags=re.S)
    return json.loads(data)["recording"]


def test_the_index_leads_to_answers_of_the_service_s_own_code(home: Home, browser: OfflineBrowser) -> None:
    reports = write_index(home)
    file = Path(reports["assistant"])
    assert 'href="assistant.html"' in Path(reports["index"]).read_text(encoding="utf-8")
    recorded = recording(file)
    assert (recorded["service"], recorded["reports"]) == (SERVICE, "index.html")
    assert recorded["start"] == f"airloom serve --home '{home.root}'"
    first = recorded["answers"][0]
    assert first["model_version"] == "popularity"
    assert [item["title"] for item in first["items"]] == ["Blender 0"]
    opened = browser.open(file.as_uri(), steps=["document.querySelector('.example').click();"])
    assert opened.wrong == []
    assert "Blender 0" in opened.text
    before = file.read_bytes()
    write_index(home)
    assert file.read_bytes() == before


def test_what_cannot_be_served_has_no_page(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    stale = home.report / "assistant.html"
    stale.parent.mkdir(exist_ok=True)
    stale.write_text("of another day", encoding="utf-8")
    needs_a_model = home.experiment.read_text(encoding="utf-8").replace("popularity", "air")
    home.experiment.write_text(needs_a_model, encoding="utf-8")
    assert "assistant" not in write_index(home)
    assert not stale.exists()
    why = capsys.readouterr().err
    assert "The assistant's page is left out of the reports (There is no model registry" in why
    (home.lake / "snapshots" / "current.json").unlink()
    assert "assistant" not in write_index(home)
    assert capsys.readouterr().err == ""
