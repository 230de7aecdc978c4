from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from airloom.errors import AirloomError
from airloom.intents.prompt import shipped_prompt
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.intents.store import IntentStore
from airloom.logs.lake import Lake
from benchmarks.sample_snapshot import snapshot_of
from components.build_snapshot.publish import publish
from pipelines.cli.intents import app
from tests.airloom.intents.reasoners.student.student_world import student_world
from tests.airloom.intents.shop import DAY, HashingEncoder, contents, reply, shop, write_replies
from tests.airloom.llm.server.chat_server_double import ChatServerDouble


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
    assert "5 atoms, 2 to ask the reasoner encoder, in" in planned.stdout
    assert "view c1: answered (imported, llm)\n  0.60  sleeping cats -> cats -> cat bed" in shown.stdout


def test_questions_are_answered_elsewhere_and_imported_under_the_printed_version(
    home: Path, tmp_path: Path
) -> None:
    output, replies = tmp_path / "questions.jsonl", tmp_path / "answers.jsonl"

    printed = airloom_intents(home, "questions", "--output", str(output), "--model", "llm").stdout
    asked = [json.loads(line)["custom_id"] for line in output.read_text(encoding="utf-8").splitlines()]
    write_replies(replies, *(reply(custom_id.split("/")[2]) for custom_id in asked))
    airloom_intents(home, "import", str(replies), "--model", "llm", "--prompt", printed.split()[-1])

    assert printed.startswith("5 prompts in ")
    assert "5 atoms, 0 to ask" in airloom_intents(home, "plan").stdout
    answers = IntentStore(Lake(home / "lake")).read()
    assert set(answers["prompt_version"].to_pylist()) == {shipped_prompt().version}
    assert (
        "0 prompts in "
        in airloom_intents(home, "questions", "--output", str(output), "--model", "llm").stdout
    )


def test_a_server_is_planned_for_asked_and_exported(home: Path, tmp_path: Path) -> None:
    with ChatServerDouble().running() as server:
        model = ("--reasoner", "openai", "--model", "qwen", "--usd-per-million-in", "10")
        planned = airloom_intents(home, "plan", *model, "--tokens-per-second", "100").stdout
        before = len(server.requests)
        done = airloom_intents(
            home, "distill", *model, "--base-url", server.base_url, "--timeout", "30", "--max-tokens", "99"
        )
        exported = airloom_intents(home, "export", "--output", str(tmp_path / "answers.jsonl")).stdout

    assert before == 0
    assert {body["max_tokens"] for body in server.bodies} == {99}
    assert re.search(
        r"5 calls, [\d,]+ tokens in, 400 out \(estimated .*\), \$0\.0\d, 0\.0\d hours at 100", planned
    )
    line = json.loads(done.stdout.splitlines()[-1])
    assert list(line) == [
        "atoms", "asked", "cached", "repaired", "rejected", "empty",
        "tokens_in", "tokens_out", "usd", "seconds",
    ]  # fmt: skip
    assert (line["atoms"], line["asked"], line["tokens_in"]) == (5, 5, 2000)
    assert line["usd"] == pytest.approx(0.02)
    assert exported.startswith("5 answers in ")


def test_a_budget_that_is_spent_ends_with_the_line_and_a_sentence(home: Path) -> None:
    with ChatServerDouble().running() as server:
        options = (
            "--base-url",
            server.base_url,
            "--model",
            "qwen",
            "--usd-per-million-in",
            "10",
            "--budget-usd",
            "0",
        )
        result = CliRunner().invoke(
            app, ["distill", "--reasoner", "openai", *options, "--lake", str(home / "lake")]
        )

    assert json.loads(result.stdout.splitlines()[-1])["asked"] == 0
    assert isinstance(result.exception, AirloomError)
    assert "5 atoms were not asked: The budget is spent" in str(result.exception)
    assert server.requests == []


def test_the_prompts_hash_makes_the_version(home: Path, tmp_path: Path) -> None:
    replies = write_replies(tmp_path / "replies.jsonl", reply("c1"))
    prompt = tmp_path / "prompt.md"
    for text in ("one", "other"):
        prompt.write_text(text)
        airloom_intents(home, "import", str(replies), "--model", "llm", "--prompt", str(prompt))

    assert len(list((home / "lake" / "intents" / "answers").iterdir())) == 2


def test_an_import_says_what_it_cannot_match(home: Path, tmp_path: Path) -> None:
    named = json.loads(reply("c1")) | {"prompt": "v1"}
    replies = write_replies(tmp_path / "replies.jsonl", json.dumps(named), reply("c777"))

    printed = airloom_intents(home, "import", str(replies), "--model", "llm").stdout

    assert "2 of these atoms are about ids that no content object of the lake has" in printed
    assert "2 of these atoms name a prompt that is no version" in printed
    with pytest.raises(AirloomError, match="--prompt v1 is neither a file nor the version of a prompt"):
        airloom_intents(home, "import", str(replies), "--model", "llm", "--prompt", "v1")


def test_the_browser_is_written_alone(home: Path, tmp_path: Path) -> None:
    airloom_intents(
        home, "import", str(write_replies(tmp_path / "replies.jsonl", reply("c1"))), "--model", "llm"
    )
    output = tmp_path / "intents.html"
    before = contents(home / "lake" / "intents")

    printed = airloom_intents(home, "browse", "--output", str(output)).stdout

    assert printed.strip() == str(output)
    assert "my cat sleeps in a bed" in output.read_text(encoding="utf-8")
    assert contents(home / "lake" / "intents") == before  # looking gives no node an id


def test_a_file_that_cannot_be_written_is_a_sentence(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(AirloomError, match="cannot be written"):
        airloom_intents(home, "questions", "--model", "m", "--output", str(tmp_path / "file" / "q.jsonl"))


def test_consistency_says_how_much_of_the_store_the_reasoner_wrote(home: Path, tmp_path: Path) -> None:
    lake = Lake(home / "lake")
    answer = reply("c3", (["watching football", "sofa"], 0.4))
    airloom_intents(home, "import", str(write_replies(tmp_path / "replies.jsonl", answer)), "--model", "llm")
    publish(snapshot_of(lake, day=DAY, encoder=SentenceEncoder()), lake.path("snapshots"), keep=1)

    result = json.loads(airloom_intents(home, "consistency", "--users", "5", "--reasoner", "encoder").stdout)

    assert result["users"] == 4  # one of five only bought
    assert result["own_answers"] == 0.6667  # view and like of c3 are the language model's
    assert 0 <= result["metrics"]["f1_all"]["own"]["mean"] <= 1


def test_a_student_is_taught_examined_and_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # every word piece is encoded once, which takes MiniLM a minute
    monkeypatch.setattr(
        "airloom.intents.sentence_encoder.SentenceEncoder", lambda **_: HashingEncoder(dimension=64)
    )
    home = tmp_path / "home"
    student_world(home / "lake")
    with pytest.raises(AirloomError, match="has no student"):
        airloom_intents(home, "plan", "--reasoner", "student")

    result = json.loads(airloom_intents(home, "student").stdout)
    done = airloom_intents(home, "distill", "--reasoner", "student")

    assert result["student"]["f1"] > 0.9 > result["chance"]["f1"]
    assert (home / "lake" / "intents" / "student.safetensors").samefile(result["student_file"])
    assert json.loads(done.stdout.splitlines()[-1])["asked"] > 3
    assert "view new0: answered (student, title-student)" in airloom_intents(home, "show", "new0").stdout


def test_mistakes_are_sentences(home: Path, tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match="Nothing is stored about c9"):
        airloom_intents(home, "show", "c9")
    with pytest.raises(AirloomError, match="has no model"):
        airloom_intents(home, "questions", "--output", "q.jsonl")
    with pytest.raises(AirloomError, match="'yesterday' is not a date"):
        airloom_intents(home, "plan", "--day", "yesterday")
    with pytest.raises(AirloomError, match="has no objects yet"):
        airloom_intents(tmp_path / "elsewhere", "plan")
    with pytest.raises(AirloomError, match="There is no file"):
        airloom_intents(home, "import", "none.jsonl", "--model", "llm")
    with pytest.raises(AirloomError, match="has no snapshot yet"):
        airloom_intents(home, "consistency", "--users", "5")


@pytest.mark.parametrize(
    "command",
    ["browse", "consistency", "distill", "export", "import", "plan", "questions", "show", "student"],
)
def test_every_command_has_help_with_an_example(command: str) -> None:
    assert "Example: airloom intents" in CliRunner().invoke(app, [command, "--help"]).stdout
