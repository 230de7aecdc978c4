from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.errors import AirloomError
from airloom.intents.replies import ImportReport, import_replies, parse_reply
from airloom.intents.store import IntentStore
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import contents, reply, write_replies

GOOD = reply("c1", (["Sleeping  Cats", "cats", "cat bed"], 0.3), (["sleeping cats", "cats", "cat toy"], 0.6))


def test_labels_are_normalised_and_the_strongest_path_comes_first() -> None:
    parsed = parse_reply(GOOD)

    assert parsed.object_id == "c1"
    assert [path.labels[-1] for path in parsed.paths] == ["cat toy", "cat bed"]
    assert parsed.paths[1].labels[0] == "sleeping cats"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("<html>busy</html>", "JSON"),
        (GOOD[:-20], "JSON"),
        ('{"id": "c1"}', "paths"),
        ('{"id": 7, "paths": []}', "id"),
        ('{"id": "", "paths": []}', "id"),
        ("[1, 2]", "line"),
        (reply("c1", (["a"], 1.5)), "confidence"),
        (reply("c1", (["a"], float("nan"))), "confidence"),
        (reply("c1", ([], 0.5)), "labels"),
        (reply("c1", (["a", "b", "c", "d", "e"], 0.5)), "labels"),
        (reply("c1", (["a", " \n "], 0.5)), "blank"),
        (reply("c1", *[(["a"], 0.5)] * 6), "paths"),
        (json.dumps({"id": "c1", "paths": [], "thought": "..."}), "thought"),
        (reply("c1", (["x" * 70_000], 0.5)), "longer"),
    ],
)
def test_a_line_that_is_no_answer_is_refused_with_the_reason(line: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_reply(line)


@given(st.text(max_size=60))
def test_any_line_is_either_an_answer_or_a_reason(line: str) -> None:
    with suppress(ValueError):
        assert parse_reply(line).object_id


def test_a_reply_answers_both_actions_and_bad_lines_are_put_aside(lake: Lake, tmp_path: Path) -> None:
    replies = write_replies(tmp_path / "replies.jsonl", GOOD, "", reply("c3"), "oops", reply("c2"))

    report = import_replies(lake, replies, model="llm", prompt="v1")

    assert report == ImportReport(answered=2, empty=4, rejected=1, already=0)
    answers = IntentStore(lake).read()
    assert sorted(answers["action"].to_pylist()) == ["like"] * 3 + ["view"] * 3
    assert set(answers["status"].to_pylist()) == {"answered", "empty"}
    (rejected,) = IntentStore(lake).rejected().to_pylist()
    assert rejected["line"] == 4
    assert rejected["reply"] == "oops"
    assert "JSON" in rejected["reason"]


def test_importing_again_adds_nothing(lake: Lake, tmp_path: Path) -> None:
    replies = write_replies(tmp_path / "replies.jsonl", GOOD, "oops")
    import_replies(lake, replies, model="llm", prompt="v1")
    before = contents(lake.path("intents"))

    again = import_replies(lake, replies, model="llm", prompt="v1")

    assert again == ImportReport(answered=0, empty=0, rejected=1, already=2)
    assert contents(lake.path("intents")) == before


def test_a_file_that_grew_adds_only_what_is_new(lake: Lake, tmp_path: Path) -> None:
    import_replies(lake, write_replies(tmp_path / "replies.jsonl", GOOD), model="llm")
    grown = write_replies(tmp_path / "replies.jsonl", GOOD, reply("c2"), GOOD)

    assert import_replies(lake, grown, model="llm") == ImportReport(0, 2, 0, 4)
    assert IntentStore(lake).read().num_rows == 4


def test_a_missing_an_empty_a_foreign_file_and_a_folder_are_explained(lake: Lake, tmp_path: Path) -> None:
    empty, foreign = tmp_path / "empty.jsonl", tmp_path / "foreign.jsonl"
    empty.touch()
    foreign.write_bytes(GOOD.encode() + b"\n\xff\xfe\n")

    with pytest.raises(AirloomError, match=r"There is no file .*none\.jsonl"):
        import_replies(lake, tmp_path / "none.jsonl", model="llm")
    with pytest.raises(AirloomError, match=r"empty\.jsonl is empty"):
        import_replies(lake, empty, model="llm")
    with pytest.raises(AirloomError, match="not UTF-8"):
        import_replies(lake, foreign, model="llm")
    with pytest.raises(AirloomError, match=r"cannot be read \(Is a directory\)"):
        import_replies(lake, tmp_path, model="llm")
