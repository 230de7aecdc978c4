"""A model is asked once for each request, as the service asks it; what it replied outlives a kill."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from airloom.assistant.evaluation.model_replies import (
    BUDGET,
    DEADLINE,
    INVALID,
    UNREACHABLE,
    model_replies,
)
from airloom.assistant.parsing.language_model import PROMPT, messages_for
from airloom.errors import AirloomError
from airloom.write_ahead_log import LogFile
from tests.airloom.assistant.evaluation.reading_server import EMPTY_READING, reading_server, settings_at
from tests.airloom.llm.server.chat_server_double import ChatServerDouble

QUERIES = ["a red mug", "a black mug", "a mug like the last one"]


@pytest.fixture
def server() -> Iterator[ChatServerDouble]:
    with reading_server().running() as double:
        yield double


def fallbacks(server: ChatServerDouble, file: Path, **settings: object) -> list[str]:
    replies = model_replies(QUERIES, settings_at(server, **settings), file)
    return [replies[query].fallback for query in QUERIES]


def test_a_request_is_asked_once_and_its_reply_tokens_and_price_are_kept(
    server: ChatServerDouble, tmp_path: Path
) -> None:
    file = tmp_path / "new" / "replies.jsonl"
    first = model_replies([*QUERIES, QUERIES[0]], settings_at(server), file)
    again = model_replies(QUERIES, settings_at(server), file)

    assert again == first
    assert server.requests == QUERIES
    assert {reply.text for reply in first.values()} == {EMPTY_READING}
    usages = [reply.usage for reply in first.values()]
    assert sum(usage.tokens_in for usage in usages) == server.tokens_in
    assert sum(usage.usd for usage in usages) == pytest.approx(
        (server.tokens_in + 2 * server.tokens_out) / 1e6
    )


@pytest.mark.parametrize(
    ("fault", "reason", "asked_again"),
    [
        ("hang", DEADLINE, False),
        ("drip", DEADLINE, False),
        ("500", UNREACHABLE, True),
        ("reset", UNREACHABLE, True),
        ("400", UNREACHABLE, True),
        ("max_tokens", INVALID, False),
    ],
)
def test_what_kept_the_model_from_reading_has_a_name(
    server: ChatServerDouble, tmp_path: Path, fault: str, reason: str, *, asked_again: bool
) -> None:
    server.plans[QUERIES[1]] = [fault]
    file, deadline_ms = tmp_path / "replies.jsonl", 1500 if reason == DEADLINE else 20_000
    assert fallbacks(server, file, deadline_ms=deadline_ms) == ["", reason, ""]
    assert fallbacks(server, file, deadline_ms=deadline_ms) == ["", "" if asked_again else reason, ""]


def test_nobody_waits_longer_than_the_deadline(server: ChatServerDouble, tmp_path: Path) -> None:
    server.plans[QUERIES[0]] = ["hang"]
    replies = model_replies(QUERIES[:1], settings_at(server, deadline_ms=300), tmp_path / "replies.jsonl")
    assert replies[QUERIES[0]].seconds == pytest.approx(0.25)


def test_a_server_that_dies_in_the_middle_is_asked_the_rest_when_it_is_back(tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    with reading_server().running() as server:
        model_replies(QUERIES[:1], settings_at(server), file)
    assert fallbacks(server, file) == ["", UNREACHABLE, UNREACHABLE]

    with reading_server().running() as back:
        assert fallbacks(back, file) == ["", "", ""]
    assert back.requests == QUERIES[1:]


def test_a_budget_ends_the_asking_and_counts_what_was_spent_before_a_kill(
    server: ChatServerDouble, tmp_path: Path
) -> None:
    file = tmp_path / "replies.jsonl"
    messages = messages_for([QUERIES[2]], PROMPT)  # the longest
    most = sum(len(message["content"].encode()) + 64 for message in messages) / 1e6 + 512 * 2 / 1e6

    model_replies(QUERIES[:1], settings_at(server, budget_usd=most), file)
    assert fallbacks(server, file, budget_usd=most) == ["", BUDGET, BUDGET]
    assert fallbacks(server, file, budget_usd=2 * most) == ["", "", ""]
    assert server.requests == QUERIES


def test_another_model_prompt_or_deadline_is_asked_anew(server: ChatServerDouble, tmp_path: Path) -> None:
    file, settings = tmp_path / "replies.jsonl", settings_at(server)
    others = [
        replace(settings, tuned=True),
        replace(settings, deadline_ms=19_000),
        replace(settings, openai=replace(settings.openai, model="another")),
    ]
    for changed in (settings, *others, settings):
        model_replies(QUERIES[:1], changed, file)
    assert len(server.requests) == 4


def test_a_line_that_a_crash_cut_off_is_asked_again(server: ChatServerDouble, tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    first = model_replies(QUERIES, settings_at(server), file)
    whole = file.read_bytes()
    for cut in (len(whole) - 1, len(whole) - 40):
        file.write_bytes(whole[:cut])
        server.requests.clear()
        again = model_replies(QUERIES, settings_at(server), file)
        assert [reply.text for reply in again.values()] == [reply.text for reply in first.values()]
        assert set(server.requests) <= {QUERIES[-1]}
    server.requests.clear()
    model_replies(QUERIES, settings_at(server), file)
    assert server.requests == []


def test_a_file_of_something_else_is_left_alone(server: ChatServerDouble, tmp_path: Path) -> None:
    file = tmp_path / "assistant.yaml"
    file.write_text("openai: {model: reader}\n", encoding="utf-8")
    with pytest.raises(AirloomError, match=r"line 1 is no reply of a model"):
        fallbacks(server, file)
    assert file.read_text(encoding="utf-8") == "openai: {model: reader}\n"


def test_two_runs_do_not_share_a_file(server: ChatServerDouble, tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    other = LogFile.lock(file, create=True)
    assert other is not None
    with other, pytest.raises(AirloomError, match="Another process writes"):
        fallbacks(server, file)


def test_a_wrong_key_stops_the_run(server: ChatServerDouble, tmp_path: Path) -> None:
    server.plans[QUERIES[1]] = ["401"]
    file = tmp_path / "replies.jsonl"
    with pytest.raises(AirloomError, match="401"):
        fallbacks(server, file)
    assert fallbacks(server, file) == ["", "", ""]
    assert server.requests.count(QUERIES[0]) == 1
