"""The reasoner against a server that does everything that servers do."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airloom.errors import AirloomError
from airloom.intents.distill import Distilled, distill
from airloom.intents.reply import intent_reply
from airloom.intents.reply_grammar import reply_grammar
from airloom.intents.settings import DistillSettings
from airloom.intents.store import IntentStore
from airloom.llm.outcome import FAILED, REJECTED
from airloom.llm.server.chat_protocol import request_body
from airloom.llm.settings import OpenAISettings
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import DAY, HashingEncoder, put_objects, video
from tests.airloom.llm.server.chat_server_double import FAULTS, REPLIES, ChatServerDouble, paths_for


@pytest.fixture
def server() -> Iterator[ChatServerDouble]:
    with ChatServerDouble().running() as double:
        yield double


def world(root: Path, *titles: str) -> Lake:
    lake = Lake(root / "lake")
    put_objects(lake, DAY, [video(f"c{number:03d}", title) for number, title in enumerate(titles)])
    return lake


def ask(lake: Lake, server: ChatServerDouble, *, fallback: Any = "none", **options: Any) -> Distilled:
    own = ("budget_usd", "prompt", "empty_replies", "min_paths", "skip")
    distillation = {name: options.pop(name) for name in own if name in options}
    defaults: dict[str, Any] = {
        "base_url": server.base_url,
        "model": "qwen",
        "timeout_s": 1.5,  # a reply that is late because the machine is busy would change the counts
        "backoff_s": 0.01,
        "concurrency": 4,
    }
    openai = OpenAISettings(**defaults | options)
    settings = DistillSettings("openai", fallback=fallback, openai=openai, **distillation)
    return distill(lake, day=DAY, settings=settings, encoder=HashingEncoder())


def answered(lake: Lake) -> dict[str, Any]:
    return {row["object_id"]: row for row in IntentStore(lake).read().to_pylist()}


def titles_of(answers: dict[str, Any]) -> set[str]:
    return {path["labels"][-1].removeprefix("type ") for row in answers.values() for path in row["paths"]}


def test_a_hostile_server_costs_no_atom_and_the_accounting_is_the_servers_own(
    tmp_path: Path, server: ChatServerDouble
) -> None:
    """Every fault before every answer, replies out of order, replies that stay bad, a refusal, a dead end."""
    for fault in FAULTS:
        server.plans[fault] = [fault]
        server.plans[f"{fault} and again"] = [fault, fault]
    for reply in REPLIES:
        server.plans[reply] = [reply]
        server.plans[f"{reply} after 500"] = ["500", reply, "429 with retry-after"]
        server.plans[f"always {reply}"] = [reply, reply]
    server.plans["refused"] = ["400"]
    server.plans["dead end"] = ["500"] * 6
    for number in range(10):
        server.plans[f"late {number}"] = ["slow answer"] if number % 2 else []
    lake = world(tmp_path, *server.plans)

    done = ask(lake, server, usd_per_million_in=1.0, usd_per_million_out=2.0)

    titles = sorted(server.plans)
    never = {"refused", "dead end", *(f"always {reply}" for reply in REPLIES)}
    answers = answered(lake)
    assert titles_of(answers) == set(titles) - never
    for row in answers.values():
        assert row["paths"] == [
            path | {"confidence": 0.5} for path in paths_for(row["paths"][0]["labels"][-1][5:])
        ]

    rejected = IntentStore(lake).rejected_rows().to_pylist()
    assert len(rejected) == len(never)
    assert all(row["reason"] and row["atom_id"] for row in rejected)
    assert sorted(row["status"] for row in rejected) == [FAILED] * 2 + [REJECTED] * len(REPLIES)

    assert (done.atoms, done.asked, done.cached, done.left) == (len(titles), len(titles), 0, 0)
    assert done.rejected == len(never)
    assert done.repaired == 2 * len(REPLIES)
    assert done.calls == len(server.requests)
    assert (done.tokens_in, done.tokens_out) == (server.tokens_in, server.tokens_out)
    assert done.usd == pytest.approx((server.tokens_in + 2 * server.tokens_out) / 1e6)
    assert set(server.answered.values()) == {1}


def test_a_finished_version_makes_no_call_but_asks_again_where_no_reply_came(
    tmp_path: Path, server: ChatServerDouble
) -> None:
    server.plans |= {"bad": ["prose", "prose"], "down": ["500"] * 6}
    lake = world(tmp_path, "good", "bad", "down")
    ask(lake, server)
    before = len(server.requests)

    again = ask(lake, server)
    third = ask(lake, server)

    assert (again.asked, again.cached, again.rejected) == (1, 2, 0)
    assert server.requests[before:] == ["down"]
    assert (third.asked, third.cached) == (0, 3)


def test_one_call_an_atom_and_another_model_or_prompt_asks_anew(
    tmp_path: Path, server: ChatServerDouble
) -> None:
    titles = [f"title {number}" for number in range(20)]
    lake = world(tmp_path, *titles)
    prompt = tmp_path / "prompt.md"
    prompt.write_text("=== user\n1\n=== user\n2\n=== user\n3\n=== user\n4\n=== user\n5\n=== user\n$event\n")

    ask(lake, server)
    assert sorted(server.requests) == sorted(titles)
    ask(lake, server, model="other")
    ask(lake, server, prompt=str(prompt))

    assert len(server.requests) == 60
    assert len(IntentStore(lake).versions()) == 3


def test_the_repair_shows_the_model_its_reply_and_the_fault(tmp_path: Path, server: ChatServerDouble) -> None:
    server.plans["cats"] = ["wrong shape"]
    lake = world(tmp_path, "cats")

    ask(lake, server)

    first, second = server.bodies
    assert first["response_format"]["json_schema"]["schema"]["required"] == ["paths"]
    assert second["messages"][: len(first["messages"])] == first["messages"]
    assert json.loads(second["messages"][-2]["content"]) == {"paths": [{"label": "cats"}]}
    assert "paths.0.labels: Field required" in second["messages"][-1]["content"]
    assert answered(lake)["c000"]["repaired"]


def test_what_nobody_answered_the_fallback_reads_until_the_model_does(
    tmp_path: Path, server: ChatServerDouble
) -> None:
    server.plans |= {"bad": ["prose", "prose"], "down": ["500"] * 6}
    lake = world(tmp_path, "good", "bad", "down")

    first = ask(lake, server, fallback="encoder")
    assert first.fallback == 2
    assert {key: row["reasoner"] for key, row in answered(lake).items()} == {
        "c000": "openai",
        "c001": "encoder",
        "c002": "encoder",
    }

    second = ask(lake, server, fallback="encoder")
    assert (second.asked, second.fallback) == (1, 0)
    assert answered(lake)["c002"]["reasoner"] == "openai"


@pytest.mark.parametrize("reply", ['{"paths":[]}', '{"paths":[{"labels":["a","b"],"confidence":0.5}]}'])
def test_a_model_that_answers_everything_alike_is_noticed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], reply: str
) -> None:
    with ChatServerDouble(reply_to=lambda _: reply).running() as server:
        many = ask(world(tmp_path / "many", *map(str, range(12))), server)
        few = ask(world(tmp_path / "few", *map(str, range(3))), server)
        two = ask(world(tmp_path / "two", *map(str, range(2))), server)

    what = "empty" if "[]" in reply else "the same"
    assert many.warning.startswith(f"All of the first 10 answers of qwen are {what}")
    assert few.warning.startswith(f"All of the first 3 answers of qwen are {what}")
    assert two.warning == ""
    assert (many.empty, few.empty) == ((12, 3) if what == "empty" else (0, 0))
    assert capfd.readouterr().err.count("All of the first") == 2


def test_answers_that_differ_are_no_reason_to_warn(tmp_path: Path, server: ChatServerDouble) -> None:
    assert ask(world(tmp_path, *map(str, range(12))), server).warning == ""


def test_empty_replies_may_count_as_none_so_that_the_fallback_reads(tmp_path: Path) -> None:
    lake = world(tmp_path, *map(str, range(4)))

    with ChatServerDouble(reply_to=lambda _: '{"paths":[]}').running() as server:
        done = ask(lake, server, fallback="encoder", empty_replies="unanswered")
        again = ask(lake, server, fallback="encoder", empty_replies="unanswered")

    assert (done.asked, done.empty, done.rejected, done.fallback) == (4, 4, 4, 4)
    assert done.warning
    assert (again.asked, again.fallback, len(server.requests)) == (0, 0, 4)
    assert {row["reasoner"] for row in answered(lake).values()} == {"encoder"}
    assert set(IntentStore(lake).rejected_rows()["reason"].to_pylist()) == {"the reply says nothing"}


def test_only_what_no_language_model_has_answered_may_be_asked(
    tmp_path: Path, server: ChatServerDouble
) -> None:
    lake = world(tmp_path, "old")
    ask(lake, server, model="big")
    put_objects(lake, DAY, [video("c000", "old"), video("c001", "new")])

    done = ask(lake, server, model="small", skip="any")

    assert (done.asked, done.cached) == (1, 1)
    assert server.requests == ["old", "new"]


def test_the_exact_grammar_reaches_a_server_that_takes_one(tmp_path: Path, server: ChatServerDouble) -> None:
    ask(world(tmp_path, "cats"), server, structured="llguidance", min_paths=1)

    (body,) = server.bodies
    assert "response_format" not in body
    assert body["grammar"].startswith("%llguidance {}\n")
    assert body["grammar"].removeprefix("%llguidance {}\n") == reply_grammar(min_paths=1).lark


def test_a_budget_is_never_exceeded_and_holds_for_the_day(tmp_path: Path, server: ChatServerDouble) -> None:
    titles = [f"title {number}" for number in range(40)]
    lake = world(tmp_path, *titles)
    priced = {"usd_per_million_in": 100.0, "usd_per_million_out": 100.0, "max_tokens": 30}  # .043 a reply

    first = ask(lake, server, budget_usd=1.0, **priced)
    asked = len(server.requests)
    second = ask(lake, server, budget_usd=1.0, **priced)

    assert 0 < first.usd <= 1.0
    assert first.usd == pytest.approx(asked * 0.043)
    assert first.left == 40 - asked > 0
    assert "budget is spent" in first.stopped
    assert second.asked == 0
    assert second.left == first.left
    assert len(server.requests) == asked

    third = ask(lake, server, budget_usd=100.0, **priced)
    assert (third.left, third.stopped, len(server.requests)) == (0, "", 40)


def test_a_server_that_is_gone_is_left_alone(tmp_path: Path, server: ChatServerDouble) -> None:
    titles = [f"title {number}" for number in range(60)]
    server.plans |= {title: ["500"] * 6 for title in titles}
    lake = world(tmp_path, *titles)

    done = ask(lake, server)

    assert "requests in a row" in done.stopped
    assert "HTTP 500 (Internal Server Error), 6 times" in done.stopped
    assert done.left > 40
    assert len(server.requests) < 20 * 6


def test_a_wrong_key_stops_at_once_and_is_never_repeated(
    tmp_path: Path,
    server: ChatServerDouble,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    titles = [f"title {number}" for number in range(30)]
    server.plans |= {title: ["401"] for title in titles[15:]}
    lake = world(tmp_path, *titles)
    caplog.set_level(logging.DEBUG)

    with pytest.raises(AirloomError, match="answers HTTP 401") as refused:
        ask(lake, server)

    assert server.keys == {"Bearer sk-very-secret"}
    assert "sk-very-secret" not in str(refused.value) + caplog.text + "".join(capfd.readouterr())
    files = [file for file in lake.path().rglob("*") if file.is_file()]
    assert files
    assert not any(b"sk-very-secret" in file.read_bytes() for file in files)
    assert len(answered(lake)) == server.answered.total()


def test_the_key_may_lie_in_a_file(tmp_path: Path, server: ChatServerDouble) -> None:
    key = tmp_path / "key"
    key.write_text("sk-from-file\n")

    ask(world(tmp_path, "cats"), server, api_key_file=str(key))

    assert server.keys == {"Bearer sk-from-file"}
    with pytest.raises(AirloomError, match="cannot be read"):
        ask(world(tmp_path / "other", "cats"), server, api_key_file=str(tmp_path / "none"))


def test_more_fields_reach_the_server_as_they_are() -> None:
    settings = OpenAISettings(model="qwen", structured="none", extra={"seed": 7, "temperature": 0.5})

    body = request_body(settings, [{"role": "user", "content": "x"}], intent_reply())

    assert body == {
        "model": "qwen",
        "messages": [{"role": "user", "content": "x"}],
        "temperature": 0.5,
        "max_tokens": 512,
        "seed": 7,
    }
    assert request_body(replace(settings, structured="json_object"), [], intent_reply())[
        "response_format"
    ] == {"type": "json_object"}


@pytest.mark.parametrize(
    ("options", "fault"), [({"base_url": ""}, "has no server"), ({"model": ""}, "has no model")]
)
def test_settings_that_name_no_server_or_model_are_explained(
    tmp_path: Path, server: ChatServerDouble, options: dict[str, str], fault: str
) -> None:
    with pytest.raises(AirloomError, match=fault):
        ask(world(tmp_path, "cats"), server, **options)
