from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from airloom.intents.atoms import Atom
from airloom.intents.distill import distill
from airloom.intents.import_answers import import_answers
from airloom.intents.prompt import IntentPrompt, shipped_prompt
from airloom.intents.settings import DistillSettings
from airloom.intents.task import IntentTask, atom_in
from airloom.intents.write_batch_requests import write_batch_requests
from airloom.llm.settings import OpenAISettings
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import DAY, VIDEOS, HashingEncoder, put_events, reply, write_replies

TASK = IntentTask(IntentPrompt(shipped_prompt()), ["Kitchen", "Pet Supplies"])
MODEL = OpenAISettings(model="qwen")


def questions(lake: Lake, output: Path) -> list[dict[str, Any]]:
    count = write_batch_requests(lake, output, day=DAY, settings=DistillSettings("openai", openai=MODEL))
    lines = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == count
    return lines


def asked_about(lines: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return sorted((atom_in(line["custom_id"])[:2]) for line in lines)


def test_every_atom_is_one_request_of_a_batch_file(lake: Lake, tmp_path: Path) -> None:
    lines = questions(lake, tmp_path / "questions.jsonl")

    assert asked_about(lines) == [("like", "c1"), *(("view", f"c{number}") for number in range(1, 5))]
    (line,) = [line for line in lines if line["custom_id"] == TASK.custom_id(Atom("view", "c1"))]
    assert (line["method"], line["url"]) == ("POST", "/v1/chat/completions")
    assert line["body"]["model"] == "qwen"
    assert line["body"]["response_format"]["type"] == "json_schema"
    assert line["body"]["messages"] == TASK.messages(Atom("view", "c1")._asdict() | {"title": VIDEOS["c1"]})


def test_only_what_no_language_model_answered_is_asked_for(
    lake: Lake, encoder: HashingEncoder, tmp_path: Path
) -> None:
    distill(lake, day=DAY, settings=DistillSettings(), encoder=encoder)
    answer = json.dumps({"id": "c1", "action": "view", "paths": []})
    import_answers(lake, write_replies(tmp_path / "a.jsonl", answer, reply("c3"), reply("c4")), model="llm")
    put_events(lake, DAY, [("like", "c1"), ("like", "c2")])

    assert asked_about(questions(lake, tmp_path / "q.jsonl")) == [
        ("like", "c1"),
        ("like", "c2"),
        ("view", "c2"),
    ]


def test_asking_again_gives_the_same_bytes(lake: Lake, tmp_path: Path) -> None:
    output = tmp_path / "new" / "questions.jsonl"
    questions(lake, output)
    before = output.read_bytes()
    questions(lake, output)
    assert output.read_bytes() == before


WORDS = st.text(st.characters(codec="utf-8"), min_size=1)


@given(WORDS, WORDS, WORDS)
def test_a_custom_id_leads_back_to_its_atom(action: str, object_id: str, bucket: str) -> None:
    atom = Atom(action, object_id, bucket)

    assert atom_in(TASK.custom_id(atom)) == atom
