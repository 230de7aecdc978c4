from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from airloom.errors import AirloomError
from airloom.intents.prompt import PROMPT_VERSION
from airloom.intents.store import IntentStore
from airloom.logs.lake import Lake
from pipelines.cli.intents import app
from tests.airloom.intents.shop import reply, shop, write_replies


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shop(tmp_path / "home" / "lake")
    return tmp_path / "home"


def airloom_intents(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--home", str(home)], catch_exceptions=False)


def test_answers_are_taken_in_planned_around_and_shown(home: Path, tmp_path: Path) -> None:
    paths = reply("c1", (["Sleeping cats", "cats", "cat bed"], 0.6), (["warm cats", "heated mat"], 0.2))
    replies = write_replies(tmp_path / "replies.jsonl", paths, reply("c3"), "oops")

    imported = airloom_intents(home, "import", str(replies), "--model", "llm")
    planned = airloom_intents(home, "plan", "--shards", "2")
    shown = airloom_intents(home, "show", "c1")

    assert "2 atoms answered, 2 empty, 0 known before, 1 lines rejected" in imported.stdout
    assert "5 atoms, 2 without an answer" in planned.stdout
    assert "view c1: answered (imported, llm)\n  0.60  sleeping cats -> cats -> cat bed" in shown.stdout


def test_a_model_is_asked_and_its_answers_are_imported_under_the_printed_version(
    home: Path, tmp_path: Path
) -> None:
    output, replies = tmp_path / "questions.jsonl", tmp_path / "answers.jsonl"

    exported = airloom_intents(home, "export", "--output", str(output))
    asked = [json.loads(line)["id"] for line in output.read_text(encoding="utf-8").splitlines()]
    write_replies(replies, *map(reply, asked))
    version = exported.stdout.split()[-1]
    airloom_intents(home, "import", str(replies), "--model", "llm", "--prompt", version)

    assert exported.stdout.startswith("4 prompts in ")
    assert "5 atoms, 0 without an answer" in airloom_intents(home, "plan").stdout
    answers = IntentStore(Lake(home / "lake")).read()
    assert set(answers["prompt_version"].to_pylist()) == {PROMPT_VERSION}
    assert "0 prompts in " in airloom_intents(home, "export", "--output", str(output)).stdout


def test_the_prompts_hash_makes_the_version(home: Path, tmp_path: Path) -> None:
    replies = write_replies(tmp_path / "replies.jsonl", reply("c1"))
    prompt = tmp_path / "prompt.md"
    for text in ("one", "other"):
        prompt.write_text(text)
        airloom_intents(home, "import", str(replies), "--model", "llm", "--prompt", str(prompt))

    assert len(list((home / "lake" / "intents" / "answers").iterdir())) == 2


def test_mistakes_are_sentences(home: Path, tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match="Nothing is stored about c9"):
        airloom_intents(home, "show", "c9")
    with pytest.raises(AirloomError, match="'yesterday' is not a date"):
        airloom_intents(home, "plan", "--day", "yesterday")
    with pytest.raises(AirloomError, match="has no objects yet"):
        airloom_intents(tmp_path / "elsewhere", "plan")
    with pytest.raises(AirloomError, match="There is no file"):
        airloom_intents(home, "import", "none.jsonl", "--model", "llm")


@pytest.mark.parametrize("command", ["export", "import", "plan", "show"])
def test_every_command_has_help_with_an_example(command: str) -> None:
    assert "Example: airloom intents" in CliRunner().invoke(app, [command, "--help"]).stdout
