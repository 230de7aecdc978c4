from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.airloom.assistant.evaluation.small_requests import write_requests
from tests.pipelines.cli.command_line import airloom


def test_a_table_and_a_file_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, file = write_requests(tmp_path / "films"), tmp_path / "results.json"
    assert airloom(monkeypatch, "bench-ask", "--data", str(data), "--json", str(file)) == 0
    output, results = capsys.readouterr().out, json.loads(file.read_text(encoding="utf-8"))
    assert {mean["answerer"] for mean in results["means"]} == {
        "assistant",
        "mentions",
        "bm25",
        "embedding",
        "popularity",
    }
    for mean in results["means"]:
        if mean["metric"] == "recall@10" and mean["where"] == "all":
            assert f"{mean['estimate']['mean']:.3f}" in output
    assert "out of catalogue     0.0000 of 4 answers" in output
    assert results["split"] == "test"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--data", "{tmp}/nowhere"], "has no items.tsv"),
        (["--data", "{tmp}/films", "--json", "{tmp}"], "is a folder"),
    ],
)
def test_a_mistake_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    sentence: str,
) -> None:
    write_requests(tmp_path / "films")
    assert airloom(monkeypatch, "bench-ask", *(word.format(tmp=tmp_path) for word in words)) == 1
    assert sentence in capsys.readouterr().err
