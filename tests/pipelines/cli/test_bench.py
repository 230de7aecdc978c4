from __future__ import annotations

import json
from pathlib import Path

import pytest

from airloom.bench.models import BASELINES
from tests.airloom.bench.small_data import write_sequences
from tests.pipelines.cli.command_line import airloom


def airloom_bench(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("airloom.bench.models.BASELINES", BASELINES[:3])  # what is trained has its own tests
    return airloom(monkeypatch, "bench", "small", "--models", "baselines", *words)


def test_a_table_a_report_and_a_file_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, file = write_sequences(tmp_path / "data"), tmp_path / "results.json"
    home = ("--data", str(data), "--home", str(tmp_path / "home"), "--jobs", "1")
    assert airloom_bench(monkeypatch, *home, "--json", str(file)) == 0
    results = json.loads(file.read_text(encoding="utf-8"))
    output = capsys.readouterr().out
    report = (tmp_path / "home" / "bench" / "small.html").read_text(encoding="utf-8")
    for model in results["models"]:
        assert model["name"] in output
        for domain in ("food", "kitchen"):
            assert f"{model['test'][domain]['hr10']:.3f}" in output
            assert f"{model['test'][domain]['hr10']:.3f}" in report
    assert len(results["commit"].rstrip("+")) == 12
    assert airloom_bench(monkeypatch, *home, "--split", "valid") == 0
    valid = (tmp_path / "home" / "bench" / "small-valid.html").read_text(encoding="utf-8")
    assert "valid split" in valid
    assert "valid split" not in report


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--data", "{tmp}/nowhere"], "has neither item_titles.tsv"),
        (["--data", "{tmp}/data", "--json", "{tmp}"], "is a folder"),
        (["--data", "{tmp}/data", "--json", "{tmp}/data/test.txt/results.json"], "cannot be written"),
        (["--data", "{tmp}/data", "--settings", "{tmp}/typo.yaml"], "cannot be read"),
        (["--data", "{tmp}/data", "--settings", "{tmp}/list.yaml"], "holds no mapping"),
        (["--data", "{tmp}/data", "--settings", "{tmp}/broken.yaml"], "cannot be read"),
        (["--data", "{tmp}/data", "--settings", "{tmp}/soup.yaml"], "no setting soup"),
        (["--data", "{tmp}/data", "--intents", "{tmp}/typo.jsonl"], "There is no file"),
        (["--data", "{tmp}/data", "--cards", "{tmp}/soup.yaml"], "Add --models cards"),
        (["--data", "{tmp}/nowhere", "--intents", "{tmp}/soup.yaml"], "soup.yaml is an answer (line 1: "),
    ],
)
def test_a_mistake_is_one_sentence_before_anything_is_trained(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    sentence: str,
) -> None:
    write_sequences(tmp_path / "data")
    for name, text in (("list", "[1]"), ("broken", "a: ["), ("soup", "soup: 1")):
        (tmp_path / f"{name}.yaml").write_text(text)
    given = [word.format(tmp=tmp_path) for word in words]
    assert airloom_bench(monkeypatch, *given, "--home", str(tmp_path / "home")) == 1
    output = capsys.readouterr().err
    assert output.startswith("airloom: ")
    assert sentence in output
