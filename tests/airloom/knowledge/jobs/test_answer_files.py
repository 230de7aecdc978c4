from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from airloom.knowledge.jobs.answer_files import export_agent_answers, import_agent_answers
from airloom.knowledge.jobs.batch_questions import write_batch_questions
from airloom.knowledge.jobs.claims_of_agents import agent_claims
from airloom.knowledge.jobs.settings import AgentSettings
from airloom.knowledge.jobs.shop import ShopChoices
from airloom.knowledge.jobs.store import AgentStore
from airloom.llm.settings import OpenAISettings
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import DAY, HashingEncoder, write_replies
from tests.airloom.knowledge.jobs.conftest import lake_with_intents
from tests.airloom.knowledge.jobs.model import agent_and_product, ask, asked, links_of, sensible
from tests.airloom.llm.server.chat_server_double import ChatServerDouble


def choices(lake: Lake) -> ShopChoices:
    return ShopChoices(lake, links=partial(links_of, lake), encoder=HashingEncoder())


def questions(lake: Lake, output: Path) -> list[dict[str, Any]]:
    settings = AgentSettings("openai", openai=OpenAISettings(model="qwen"))
    count = write_batch_questions(lake, output, day=DAY, settings=settings, shop=choices(lake))
    lines = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == count
    return lines


def batch_results(lines: list[dict[str, Any]], output: Path) -> Path:
    """What a batch API makes of questions."""
    results = []
    for line in lines:
        content = json.dumps(sensible(*json.loads(agent_and_product(line["body"]))))
        body = {"choices": [{"message": {"content": content}}]}
        results.append(
            json.dumps({"custom_id": line["custom_id"], "response": {"status_code": 200, "body": body}})
        )
    return write_replies(output, *results)


def test_a_batch_gives_the_same_claims_as_a_server(
    lake: Lake, server: ChatServerDouble, tmp_path: Path
) -> None:
    over_http = lake_with_intents(tmp_path / "other")
    ask(over_http, server)

    of_agents = questions(lake, tmp_path / "questions.jsonl")
    report = import_agent_answers(lake, batch_results(of_agents, tmp_path / "a.jsonl"), model="qwen")
    assert (report.answered, report.empty, report.rejected) == (15, 0, 0)
    of_critic = questions(lake, tmp_path / "questions.jsonl")
    import_agent_answers(lake, batch_results(of_critic, tmp_path / "b.jsonl"), model="qwen")

    assert len(of_agents) + len(of_critic) == len(server.requests)
    assert questions(lake, tmp_path / "questions.jsonl") == []
    terms = choices(lake).terms
    claims = [agent_claims(one, day=DAY, terms=terms).claims for one in (lake, over_http)]
    assert claims[0] == claims[1]
    before = len(server.requests)
    ask(lake, server)
    assert asked(server, since=before) == []


def test_an_export_is_imported_elsewhere_and_only_once(
    lake: Lake, server: ChatServerDouble, tmp_path: Path
) -> None:
    ask(lake, server)
    other = lake_with_intents(tmp_path / "other")
    file = tmp_path / "answers.jsonl"

    assert export_agent_answers(lake, file) == 20
    report = import_agent_answers(other, file)
    again = import_agent_answers(other, file)

    assert report.answered + report.empty == again.already == 20
    terms = choices(lake).terms
    assert agent_claims(other, day=DAY, terms=terms) == agent_claims(lake, day=DAY, terms=terms)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("not json", "Invalid JSON"),
        ({"agent": "nobody", "id": "p1", "digest": "0", "prompt": "1", "reply": {}}, "agent: not one of"),
        ({"agent": "needs", "id": "p1", "digest": "0", "prompt": "1", "reply": {"type": []}}, "a key is not"),
        ({"custom_id": "nobody/1/2/p1"}, "the custom_id names no agent"),
        ({"custom_id": "p1"}, "was not written by"),
    ],
)
def test_a_line_that_is_no_answer_is_rejected_with_the_reason(
    lake: Lake, tmp_path: Path, line: Any, reason: str
) -> None:
    text = line if isinstance(line, str) else json.dumps(line)

    report = import_agent_answers(lake, write_replies(tmp_path / "a.jsonl", text), model="m")

    assert report.rejected == 1
    (row,) = AgentStore(lake).rejected_rows().to_pylist()
    assert reason in row["reason"]
