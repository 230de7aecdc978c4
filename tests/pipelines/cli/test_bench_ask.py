from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.airloom.assistant.evaluation.reading_server import reading_server
from tests.airloom.assistant.evaluation.small_requests import QUERIES, write_requests
from tests.airloom.llm.server.chat_server_double import ChatServerDouble
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
            assert f"{mean['estimate']['mean']:.3f}".removeprefix("0") in output
    assert "out of catalogue     0.0000 (0.0000 to 0.4899) of 4 answers" in output
    assert results["split"] == "test"


def test_a_model_that_dies_in_the_middle_is_judged_with_what_it_read_and_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, replies = write_requests(tmp_path / "films"), tmp_path / "replies.jsonl"

    def run(server: ChatServerDouble) -> list[str]:
        file, openai = tmp_path / "assistant.json", {"base_url": server.base_url, "model": "reader"}
        file.write_text(json.dumps({"openai": openai, "deadline_ms": 20_000}), encoding="utf-8")
        options = ["--assistant", str(file), "--replies", str(replies)]
        assert airloom(monkeypatch, "bench-ask", "--data", str(data), *options) == 0
        return capsys.readouterr().out.splitlines()

    def of_all(lines: list[str]) -> list[str]:
        """The counts of the last table's first line: read by the model, and by reason not."""
        [*_, line] = [line for line in lines if line.startswith("all ")]
        return re.findall(r"\) (\d+) ", line)

    server = reading_server()
    for query in QUERIES[2:]:
        server.plans[query["query"]] = ["reset"]
    with server.running():
        lines = run(server)
    assert of_all(lines) == ["2", "0", "2", "0", "0"]
    assert any(line.startswith("assistant minus rules") for line in lines)
    assert lines[-1].startswith("No difference is shown")  # any answer has the few films of this catalogue

    with reading_server().running() as back:
        lines = run(back)
    assert back.requests == [query["query"] for query in QUERIES[2:]]
    assert of_all(lines) == ["4", "0", "0", "0", "0"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--data", "{tmp}/nowhere"], "has no items.tsv"),
        (["--data", "{tmp}/films", "--json", "{tmp}"], "is a folder"),
        ([], "Give --data or --sample-world"),
        (["--data", "{tmp}/films", "--sample-world", "{tmp}"], "Give --data or --sample-world"),
        (["--sample-world", "{tmp}/nowhere"], "Run airloom run daily first"),
        (["--data", "{tmp}/films", "--replies", "{tmp}/replies"], "--assistant and --replies go together"),
        (["--data", "{tmp}/films", "--assistant", "{tmp}/a.yaml"], "--assistant and --replies go together"),
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
