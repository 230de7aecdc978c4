from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from airloom.errors import AirloomError
from airloom.intents.atoms import Atom
from airloom.intents.export_answers import export_answers
from airloom.intents.import_answers import check_answers, import_answers
from airloom.intents.prompt import IntentPrompt
from airloom.intents.store import IntentStore
from airloom.intents.task import IntentTask
from airloom.llm.batch_files.import_lines import ImportReport
from airloom.llm.outcome import FAILED
from airloom.llm.prompt import PromptTemplate
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import contents, reply, write_replies

GOOD = reply("c1", (["Sleeping  Cats", "cats", "cat bed"], 0.3), (["sleeping cats", "cats", "cat toy"], 0.6))


def batch_line(atom: Atom, content: str, **response: Any) -> str:
    """What a batch API gives back for one question."""
    body = {
        "model": "llm-2026-11-01",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 410, "completion_tokens": 33, "total_tokens": 443},
    }
    return json.dumps(
        {
            "id": "b1",
            "custom_id": IntentTask(IntentPrompt(PromptTemplate("")), []).custom_id(atom),
            "error": None,
            "response": {"status_code": 200, "body": body} | response,
        }
    )


def test_a_reply_answers_both_actions_and_bad_lines_are_rejected(lake: Lake, tmp_path: Path) -> None:
    replies = write_replies(tmp_path / "replies.jsonl", GOOD, "", reply("c3"), "oops", reply("c2"))

    report = import_answers(lake, replies, model="llm")

    assert report == ImportReport(answered=2, empty=4, rejected=1, already=0)
    answers = IntentStore(lake).read()
    assert sorted(answers["action"].to_pylist()) == ["like"] * 3 + ["view"] * 3
    assert set(answers["status"].to_pylist()) == {"answered", "empty"}
    (rejected,) = IntentStore(lake).rejected_rows().to_pylist()
    assert rejected["raw"] == "oops"
    assert rejected["reason"].startswith("line 4: ")
    assert "JSON" in rejected["reason"]


def test_a_file_packed_with_gzip_is_read_as_it_is(lake: Lake, tmp_path: Path) -> None:
    plain = write_replies(tmp_path / "replies.jsonl", GOOD, reply("c3"))
    packed = tmp_path / "replies.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))

    assert import_answers(lake, packed, model="llm").answered == 2

    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(AirloomError, match="cannot be read"):
        import_answers(lake, packed, model="llm")


def test_importing_again_adds_nothing(lake: Lake, tmp_path: Path) -> None:
    replies = write_replies(tmp_path / "replies.jsonl", GOOD, "oops")
    import_answers(lake, replies, model="llm")
    before = contents(lake.path("intents"))

    again = import_answers(lake, replies, model="llm")

    assert again == ImportReport(answered=0, empty=0, rejected=1, already=2)
    assert contents(lake.path("intents")) == before


def test_a_file_that_grew_adds_only_what_is_new(lake: Lake, tmp_path: Path) -> None:
    import_answers(lake, write_replies(tmp_path / "replies.jsonl", GOOD), model="llm")
    grown = write_replies(tmp_path / "replies.jsonl", GOOD, reply("c2"), GOOD)

    assert import_answers(lake, grown, model="llm") == ImportReport(0, 2, 0, 4)
    assert IntentStore(lake).read().num_rows == 4


def test_what_a_batch_api_gives_back_is_taken_in_with_its_tokens(lake: Lake, tmp_path: Path) -> None:
    odd = Atom("like", "a/b c?", "18-24/berlin")
    cats = '{"paths":[{"labels":["cats"],"confidence":0.5}]}'
    output = write_replies(
        tmp_path / "output.jsonl",
        batch_line(odd, cats),
        batch_line(Atom("view", "c2"), "I would rather talk about dogs"),
        batch_line(Atom("view", "c3"), cats, status_code=500),
        json.dumps({"custom_id": "not ours", "response": None}),
    )

    report = import_answers(lake, output, model="llm")

    assert report == ImportReport(answered=1, empty=0, rejected=3, already=0, unknown=1)
    (answer,) = IntentStore(lake).read().to_pylist()
    assert (answer["action"], answer["object_id"], answer["profile_bucket"]) == odd
    assert (answer["model"], answer["tokens_in"], answer["tokens_out"], answer["raw"]) == (
        "llm",
        410,
        33,
        cats,
    )
    rejected = {
        row["object_id"]: (row["status"], row["reason"])
        for row in IntentStore(lake).rejected_rows().to_pylist()
    }
    assert rejected["c2"][0] == rejected["c3"][0] == FAILED
    assert "JSON" in rejected["c2"][1]
    assert "status_code" in rejected["c3"][1]
    assert "custom_id" in rejected[None][1]


def test_an_export_is_taken_in_elsewhere_as_it_was(lake: Lake, tmp_path: Path) -> None:
    import_answers(lake, write_replies(tmp_path / "a.jsonl", GOOD, reply("c2")), model="one", prompt="p1")
    import_answers(
        lake, write_replies(tmp_path / "b.jsonl", reply("c1", (["dogs"], 0.2))), model="two", prompt="p2"
    )

    count = export_answers(lake, tmp_path / "all.jsonl")
    other = Lake(tmp_path / "other")
    report = import_answers(other, tmp_path / "all.jsonl")
    again = export_answers(other, tmp_path / "again.jsonl")

    assert count == again == 6
    assert report == ImportReport(answered=4, empty=2, rejected=0, already=0, other_prompts=6)
    lines = {*(tmp_path / "all.jsonl").read_text().splitlines()}
    assert lines == {*(tmp_path / "again.jsonl").read_text().splitlines()}
    assert {json.loads(line)["model"] for line in lines} == {"one", "two"}


def test_the_version_that_said_something_new_last_counts_first(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    for model, object_id in (("b", "c1"), ("a", "c1"), ("c", "c1"), ("a", "c2"), ("b", "c1")):
        import_answers(lake, write_replies(file, reply(object_id, ([model], 0.5))), model=model)

    assert [name.split("-")[1] for name in IntentStore(lake).versions()] == ["a", "c", "b"]
    assert set(IntentStore(lake).read()["model"].to_pylist()) == {"a"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": "c1"}', "paths"),
        ('{"id": 7, "paths": []}', "id"),
        ('{"id": "", "paths": []}', "id"),
        (json.dumps({"id": "c1", "paths": [], "action": "buy"}), "action"),
        (json.dumps({"id": "c1", "paths": [], "thought": "..."}), "thought"),
        (reply("c1", (["x" * 600_000], 0.5)), "longer"),
    ],
)
def test_a_line_that_is_no_answer_is_rejected_with_the_reason(
    lake: Lake, tmp_path: Path, line: str, reason: str
) -> None:
    assert import_answers(lake, write_replies(tmp_path / "r.jsonl", line), model="llm").rejected == 1
    assert reason in IntentStore(lake).rejected_rows()["reason"][0].as_py()


def test_one_answer_is_enough_to_begin_and_none_is_refused_with_the_first_fault(tmp_path: Path) -> None:
    check_answers(write_replies(tmp_path / "one.jsonl", "soup", GOOD))
    with pytest.raises(AirloomError, match=r"No line of .*soup\.jsonl is an answer \(line 1: .*JSON"):
        check_answers(write_replies(tmp_path / "soup.jsonl", "soup", "{}"))


def test_a_missing_an_empty_a_foreign_file_and_a_folder_are_explained(lake: Lake, tmp_path: Path) -> None:
    empty, foreign = tmp_path / "empty.jsonl", tmp_path / "foreign.jsonl"
    empty.touch()
    foreign.write_bytes(GOOD.encode() + b"\n\xff\xfe\n")

    with pytest.raises(AirloomError, match=r"There is no file .*none\.jsonl"):
        import_answers(lake, tmp_path / "none.jsonl", model="llm")
    with pytest.raises(AirloomError, match=r"empty\.jsonl is empty"):
        import_answers(lake, empty, model="llm")
    with pytest.raises(AirloomError, match="not UTF-8"):
        import_answers(lake, foreign, model="llm")
    with pytest.raises(AirloomError, match=r"cannot be read \(Is a directory\)"):
        import_answers(lake, tmp_path, model="llm")
    with pytest.raises(AirloomError, match="does not say which model"):
        import_answers(lake, write_replies(tmp_path / "r.jsonl", GOOD))


def test_answers_about_nothing_in_the_lake_are_kept_and_counted(lake: Lake, tmp_path: Path) -> None:
    lines = [GOOD, reply("c999"), reply("p1"), reply("c2")]  # p1 is a product

    report = import_answers(lake, write_replies(tmp_path / "replies.jsonl", *lines), model="llm")

    assert (report.answered, report.empty, report.unknown) == (2, 6, 4)
    assert IntentStore(lake).read().num_rows == 8


def test_before_the_first_objects_no_id_is_unknown(tmp_path: Path) -> None:
    report = import_answers(Lake(tmp_path), write_replies(tmp_path / "replies.jsonl", GOOD), model="llm")

    assert (report.answered, report.unknown) == (2, 0)


def test_a_prompt_that_is_no_version_is_counted(lake: Lake, tmp_path: Path) -> None:
    named = [json.loads(GOOD) | {"prompt": "v1"}, json.loads(reply("c2")) | {"prompt": "0123456789ab"}]
    lines = [*map(json.dumps, named), reply("c3")]

    report = import_answers(lake, write_replies(tmp_path / "replies.jsonl", *lines), model="llm")

    assert (report.answered, report.empty, report.other_prompts) == (2, 4, 2)
