from __future__ import annotations

import json
from pathlib import Path

from airloom.intents.distill import DistillSettings, distill, plan
from airloom.intents.prompt import render
from airloom.intents.questions import export_questions
from airloom.intents.replies import import_replies
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import DAY, VIDEOS, HashingEncoder, put_events, reply, write_replies


def questions(lake: Lake, output: Path) -> list[dict[str, str]]:
    count = export_questions(lake, output, day=DAY)
    lines = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == count
    return lines


def test_every_item_with_a_title_is_asked_about_once(lake: Lake, tmp_path: Path) -> None:
    asked = questions(lake, tmp_path / "questions.jsonl")

    assert [(question["id"], question["action"]) for question in asked] == [
        (video, "view") for video in ("c1", "c2", "c3", "c4")
    ]
    sections = ["Kitchen", "Pet Supplies"]
    assert asked[0]["prompt"] == render(action="view", title=VIDEOS["c1"], sections=sections)


def test_what_is_exported_answered_and_imported_is_missing_no_more(lake: Lake, tmp_path: Path) -> None:
    answers = [reply(question["id"]) for question in questions(lake, tmp_path / "questions.jsonl")]

    import_replies(lake, write_replies(tmp_path / "answers.jsonl", *answers), model="llm")

    assert plan(lake, day=DAY, shards=1).missing == 0
    assert questions(lake, tmp_path / "questions.jsonl") == []


def test_answers_of_the_encoder_are_asked_for_all_the_same(
    lake: Lake, encoder: HashingEncoder, tmp_path: Path
) -> None:
    distill(lake, day=DAY, settings=DistillSettings(), encoder=encoder)

    assert len(questions(lake, tmp_path / "questions.jsonl")) == 4


def test_only_what_is_missing_is_asked_for(lake: Lake, tmp_path: Path) -> None:
    replies = write_replies(tmp_path / "answers.jsonl", *map(reply, ("c1", "c3", "c4")))
    import_replies(lake, replies, model="llm", actions=["view"])
    put_events(lake, DAY, [("like", "c1"), ("like", "c2")])

    asked = questions(lake, tmp_path / "questions.jsonl")

    assert [(question["id"], question["action"]) for question in asked] == [("c1", "like"), ("c2", "view")]
    assert "liked" in asked[0]["prompt"]


def test_exporting_again_gives_the_same_bytes(lake: Lake, tmp_path: Path) -> None:
    output = tmp_path / "new" / "questions.jsonl"
    export_questions(lake, output, day=DAY)
    before = output.read_bytes()
    export_questions(lake, output, day=DAY)
    assert output.read_bytes() == before
