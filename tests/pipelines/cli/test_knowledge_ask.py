from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from airloom.intents import sentence_encoder
from airloom.logs.lake import Lake
from pipelines.cli.main import app
from tests.airloom.intents.shop import HashingEncoder
from tests.airloom.knowledge.jobs.conftest import lake_with_intents
from tests.airloom.knowledge.jobs.model import model_server


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    monkeypatch.setattr(sentence_encoder, "SentenceEncoder", lambda **_: HashingEncoder())
    return lake_with_intents(tmp_path / "lake")


def run(lake: Lake, *words: str) -> str:
    home = str(lake.path().parent / "home")
    result = CliRunner().invoke(app, ["knowledge", *words, "--lake", lake.root, "--home", home])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_products_are_planned_asked_and_exported(lake: Lake, tmp_path: Path) -> None:
    file = str(tmp_path / "answers.jsonl")
    with model_server().running() as server:
        model = ["--reasoner", "openai", "--model", "qwen"]
        assert "25 calls" in run(lake, "plan", *model)
        done = run(lake, "ask", *model, "--base-url", server.base_url)

    assert json.loads(done.splitlines()[-1])["asked"] == 20
    assert "20 answers" in run(lake, "export-answers", "--output", file)
    assert "20 known before" in run(lake, "answers", file)
    assert "0 questions" in run(lake, "questions", "--output", file, "--model", "qwen")
