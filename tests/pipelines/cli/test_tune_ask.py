"""`airloom tune-ask` on a home with a snapshot and orders."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from pipelines.home import Home
from tests.airloom.assistant.rft.people_requests import write_people_requests
from tests.airloom.assistant.rft.tiny_model import write_tiny_model
from tests.components.small_assistant_lake import write_assistant_lake
from tests.pipelines.cli.command_line import airloom


def write_home(folder: Path) -> Path:
    """A home whose shop sold every product once."""
    write_assistant_lake(Home.at(folder).lake)
    return folder


def test_the_table_and_the_report_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home, model, out = write_home(tmp_path / "home"), write_tiny_model(tmp_path / "base"), tmp_path / "tuned"
    settings = tmp_path / "settings.yaml"
    settings.write_text(
        "max_tokens: 8\nreinforcement: {epochs: 1, group_size: 2, requests_per_step: 2}\n", encoding="utf-8"
    )
    words = ["--home", home, "--model", model, "--out", out, "--settings", settings]

    assert airloom(monkeypatch, "tune-ask", *map(str, words), "--requests", "4", "--held-out", "6") == 0

    output, report = capsys.readouterr().out, json.loads((out / "report.json").read_text(encoding="utf-8"))
    for arm in report["arms"]:
        [line] = [line for line in output.splitlines() if line.startswith(f"{arm['name']}  ")]
        assert f"{arm['ndcg@10']['mean']:.3f} (" in line
    assert "1 requests" not in output
    assert "epoch 0: 4 requests" in output
    assert "it stays out" in output
    assert not (out / "model").exists()


def test_arms_that_were_not_run_are_told_with_the_command_that_runs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home, model = write_home(tmp_path / "my home"), write_tiny_model(tmp_path / "base")
    settings = tmp_path / "settings.yaml"
    settings.write_text(
        "max_tokens: 8\nreinforcement: {epochs: 1, group_size: 2, requests_per_step: 2}\n", encoding="utf-8"
    )
    options = ["--model", model, "--out", tmp_path / "out", "--home", home, "--settings", settings]
    words = [*map(str, options), "--requests", "4", "--held-out", "4"]

    assert airloom(monkeypatch, "tune-ask", *words, "--arms", "base,grpo") == 0

    lines = {line.split("  ")[0]: line for line in capsys.readouterr().out.splitlines()}
    titles = ["base", "SFT", "GRPO", "+ query alignment", "+ preference alignment", "+ reasoning-aware"]
    assert lines.keys() >= {"rules", *titles, "+ curriculum", "our reward weights"}
    assert "100%" in lines["GRPO"]
    assert "not run" not in lines["base"] + lines["GRPO"]
    assert lines["SFT"].endswith(shlex.join(["airloom", "tune-ask", *words, "--arms", "sft"]))


def test_requests_in_files_need_no_lake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, model = write_people_requests(tmp_path / "films"), write_tiny_model(tmp_path / "base")
    settings = tmp_path / "settings.yaml"
    settings.write_text("max_tokens: 8\n", encoding="utf-8")
    options = ["--model", model, "--out", tmp_path / "out", "--data", data, "--settings", settings]
    words = [*map(str, options), "--held-out", "4"]

    assert airloom(monkeypatch, "tune-ask", *words, "--arms", "base") == 0

    lines = {line.split("  ")[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines["base"].endswith("100%")  # an untaught model leaves all of them to rules
    assert lines["SFT"].endswith(shlex.join(["airloom", "tune-ask", *words, "--arms", "sft"]))
    kept = json.loads((tmp_path / "out" / "arms" / "base" / "replies.json").read_text(encoding="utf-8"))
    assert len(kept["texts"]) == 4


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--home", "{tmp}/empty", "--model", "{tmp}/base"], "has no objects yet"),
        (["--home", "{tmp}/home", "--model", "{tmp}/nowhere"], "holds no model"),
        (["--home", "{tmp}/home", "--model", "{tmp}", "--settings", "{tmp}/wrong.yaml"], "learning_rat"),
        (
            ["--home", "{tmp}/home", "--model", "{tmp}", "--arms", "sft,dpo"],
            "no arm 'dpo'. Name some of: base",
        ),
    ],
)
def test_a_mistake_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    sentence: str,
) -> None:
    write_home(tmp_path / "home")
    (tmp_path / "wrong.yaml").write_text("reinforcement: {learning_rat: 1}\n", encoding="utf-8")
    arguments = [word.format(tmp=tmp_path) for word in words]

    assert airloom(monkeypatch, "tune-ask", *arguments, "--out", str(tmp_path / "out")) == 1
    assert sentence in capsys.readouterr().err
