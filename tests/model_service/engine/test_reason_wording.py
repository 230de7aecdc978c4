from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from prometheus_client import REGISTRY

from airloom.assistant.assistant_settings import AssistantSettings
from airloom.llm.settings import OpenAISettings
from airloom.ranking.snapshot import Snapshot
from model_service.api.ask import AskRequest, AskResponse
from model_service.engine.assistant_model import AssistantModel
from tests.airloom.llm.server.chat_server_double import ChatServerDouble
from tests.model_service.engine.small_engine import AT, make_engine
from tests.model_service.shop import with_attributes

QUERY = "a secret red smoothie blender"
READ, WRITE = "read", "write"


def question_in(body: dict[str, Any]) -> str:
    """Return what is asked: to read, or to write about some products."""
    asked = json.loads(body["messages"][-1]["content"])
    return json.dumps(asked["products"]) if "products" in asked else READ


def reply_to(question: str, sentence: str = "It is {color}, at {price}.") -> str:
    if question == READ:
        return json.dumps({"requests": [{"conditions": [{"text": "smoothie blender"}, {"text": "red"}]}]})
    sentences = [
        {"position": product["position"], "sentence": sentence.format(color="red", price=product["price"])}
        for product in json.loads(question)
    ]
    return json.dumps({"sentences": sentences})


@pytest.fixture
def serve() -> Iterator[Callable[..., ChatServerDouble]]:
    started = []

    def start(sentence: str = "It is {color}, at {price}.") -> ChatServerDouble:
        double = ChatServerDouble(question_in=question_in, reply_to=lambda asked: reply_to(asked, sentence))
        running = double.running()
        started.append(running)
        return running.__enter__()

    yield start
    for running in started:
        running.__exit__(None, None, None)


def model_at(server: ChatServerDouble, **settings: Any) -> AssistantModel:
    openai = OpenAISettings(base_url=server.base_url, model="m", usd_per_million_in=1, usd_per_million_out=1)
    return AssistantModel(AssistantSettings(openai, **({"deadline_ms": 20_000, "wording": True} | settings)))


def ask(snapshot: Snapshot, model: AssistantModel | None, **fields: Any) -> AskResponse:
    engine = make_engine(with_attributes(snapshot), assistant_model=model)
    return engine.ask(AskRequest.model_validate({"query": QUERY, "at": AT, "k": 3} | fields))


def sources(response: AskResponse) -> list[str]:
    return [response.source, *(item.reason_source for item in response.items)]


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("airloom_ask_sentences_total", {"outcome": outcome}) or 0.0


def test_a_sentence_that_holds_is_the_reason(
    snapshot: Snapshot, serve: Callable[..., ChatServerDouble]
) -> None:
    before = counted("shown")
    server = serve()
    response = ask(snapshot, model_at(server))
    assert sources(response) == ["llm"] * 4
    assert [item.reason for item in response.items] == [f"It is red, at {i.price}." for i in response.items]
    assert "word" in response.stage_ms
    assert counted("shown") == before + 3
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("<script>red</script>", "form"),
        ("It is red, for 1.99.", "number"),
        ("It is red, from whirl.", "name"),
        ("The best red one, click here.", "word"),
        ("It is for you.", "no_fact"),
    ],
)
def test_a_hostile_model_changes_nothing_and_is_counted(
    snapshot: Snapshot, serve: Callable[..., ChatServerDouble], sentence: str, rule: str
) -> None:
    before = counted(rule)
    response = ask(snapshot, model_at(serve(sentence)))
    plain = ask(snapshot, model_at(serve(), wording=False))
    assert sources(response) == ["llm", "graph", "graph", "graph"]
    assert response.items == plain.items
    assert counted(rule) == before + 3


def test_it_is_off_unless_the_settings_want_it(
    snapshot: Snapshot, serve: Callable[..., ChatServerDouble]
) -> None:
    server = serve()
    response = ask(snapshot, model_at(server, wording=False))
    assert sources(response) == ["llm", "graph", "graph", "graph"]
    assert "word" not in response.stage_ms
    assert server.requests == [READ]
    assert sources(ask(snapshot, None)) == ["rules", "graph", "graph", "graph"]


@pytest.mark.parametrize("fault", ["500", "hang", "reset", "prose", "wrong shape", "nothing", "max_tokens"])
def test_a_model_that_does_not_write_changes_the_source_of_the_reasons_only(
    snapshot: Snapshot, serve: Callable[..., ChatServerDouble], fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve()
    ask(snapshot, model_at(server))
    server.plans[server.requests[-1]] = [fault]
    with caplog.at_level(logging.DEBUG):
        response = ask(snapshot, model_at(server, deadline_ms=2_000))
    plain = ask(snapshot, model_at(server, wording=False))
    assert sources(response) == ["llm", "graph", "graph", "graph"]
    changing = {"request_id", "stage_ms"}
    assert response.model_dump(exclude=changing) == plain.model_dump(exclude=changing)
    assert not [record for record in caplog.records if "secret" in record.getMessage()]


def test_one_deadline_is_for_reading_and_writing_together(
    snapshot: Snapshot, serve: Callable[..., ChatServerDouble]
) -> None:
    server = serve()
    server.delay_s = 0.5
    model = model_at(server)
    before = time.perf_counter()
    response = ask(snapshot, model, deadline_ms=900)
    assert sources(response) == ["llm", "graph", "graph", "graph"]
    assert time.perf_counter() - before < 5
    server.delay_s = 0.0
    assert sources(ask(snapshot, model)) == ["llm"] * 4  # a caller's haste opens no circuit


def test_where_too_little_time_is_left_nothing_is_asked(
    snapshot: Snapshot, serve: Callable[..., ChatServerDouble]
) -> None:
    server = serve()
    assert "graph" in sources(ask(snapshot, model_at(server), deadline_ms=150))
    assert [asked for asked in server.requests if asked != READ] == []


def test_a_spent_budget_ends_the_writing_too(
    snapshot: Snapshot, serve: Callable[..., ChatServerDouble]
) -> None:
    server = serve()
    assert sources(ask(snapshot, model_at(server, budget_usd=1e-6))) == ["rules", "graph", "graph", "graph"]
    assert server.requests == []
