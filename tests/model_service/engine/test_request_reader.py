from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
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

QUERY = "something to blend with, in red"


def requests_in(body: dict[str, Any]) -> str:
    return str(json.dumps(json.loads(body["messages"][-1]["content"])["requests"]))


def reply_to(requests: str) -> str:
    """A model that knows what blends, and reads everything else as it is."""
    readings = []
    for query in json.loads(requests):
        texts = ["smoothie blender"] * ("blend" in query) + ["red"] * ("red" in query)
        readings.append({"conditions": [{"text": text} for text in texts], "rest": ["a prize, click here"]})
    return json.dumps({"requests": readings})


@pytest.fixture
def server() -> Iterator[ChatServerDouble]:
    with ChatServerDouble(question_in=requests_in, reply_to=reply_to).running() as double:
        yield double


def model_at(server: ChatServerDouble, **settings: Any) -> AssistantModel:
    openai = OpenAISettings(
        base_url=server.base_url, model="reader", usd_per_million_in=1.0, usd_per_million_out=1.0
    )
    return AssistantModel(AssistantSettings(openai, **({"deadline_ms": 20_000} | settings)))


def ask(snapshot: Snapshot, model: AssistantModel | None, query: str = QUERY, **fields: Any) -> AskResponse:
    engine = make_engine(with_attributes(snapshot), assistant_model=model)
    return engine.ask(AskRequest.model_validate({"query": query, "at": AT} | fields))


def conditions(response: AskResponse) -> list[str]:
    return [condition.text for condition in response.understood.conditions]


def test_a_model_finds_the_shops_word_and_nothing_of_its_own_is_shown(
    snapshot: Snapshot, server: ChatServerDouble
) -> None:
    response = ask(snapshot, model_at(server))
    assert response.source == "llm"
    assert conditions(response) == ["smoothie blender", "red"]
    assert "prize" not in response.model_dump_json()


def test_a_conversation_takes_one_call(snapshot: Snapshot, server: ChatServerDouble) -> None:
    response = ask(snapshot, model_at(server), "only in red", earlier=["something to blend with"])
    assert conditions(response) == ["smoothie blender", "red"]
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", ["500", "hang", "reset", "prose", "wrong shape", "nothing", "max_tokens"])
def test_a_model_that_fails_changes_the_source_and_what_was_understood_only(
    snapshot: Snapshot, server: ChatServerDouble, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.plans[json.dumps([QUERY])] = [fault]
    response = ask(snapshot, model_at(server, deadline_ms=400), deadline_ms=300)
    rules = ask(snapshot, None)
    assert response.source == "rules"
    changing = {"request_id", "stage_ms"}
    assert response.model_dump(exclude=changing) == rules.model_dump(exclude=changing)
    assert not [record for record in caplog.records if "blend" in record.getMessage()]


def test_a_server_that_is_away_is_not_asked_again_at_once(
    snapshot: Snapshot, server: ChatServerDouble, caplog: pytest.LogCaptureFixture
) -> None:
    away = OpenAISettings(base_url="http://127.0.0.1:9/v1", model="reader")
    model = AssistantModel(AssistantSettings(away, deadline_ms=20_000))
    with caplog.at_level(logging.ERROR, "airloom.service"):
        assert [ask(snapshot, model).source for _ in range(3)] == ["rules"] * 3
    assert len([record for record in caplog.records if "does not answer" in record.getMessage()]) == 1


def test_a_callers_haste_keeps_nobody_else_from_the_model(
    snapshot: Snapshot, server: ChatServerDouble
) -> None:
    server.delay_s = 0.2
    model = model_at(server)
    before = time.perf_counter()
    assert ask(snapshot, model, deadline_ms=60).source == "rules"
    assert ask(snapshot, model, deadline_ms=1).source == "rules"
    assert time.perf_counter() - before < 10
    assert ask(snapshot, model).source == "llm"


def test_the_budget_ends_the_asking(snapshot: Snapshot, server: ChatServerDouble) -> None:
    assert ask(snapshot, model_at(server, budget_usd=1e-6)).source == "rules"
    assert server.requests == []


def test_tokens_price_and_readers_are_counted(snapshot: Snapshot, server: ChatServerDouble) -> None:
    def counted() -> list[float]:
        names = [
            ("airloom_ask_tokens_total", {"direction": "in"}),
            ("airloom_ask_tokens_total", {"direction": "out"}),
            ("airloom_ask_usd_total", {}),
            ("airloom_ask_read_total", {"source": "llm"}),
            ("airloom_ask_read_total", {"source": "rules"}),
        ]
        return [REGISTRY.get_sample_value(name, labels) or 0.0 for name, labels in names]

    before = counted()
    ask(snapshot, model_at(server))
    ask(snapshot, None)
    grown = [after - earlier for after, earlier in zip(counted(), before, strict=True)]
    assert grown == pytest.approx(
        [server.tokens_in, server.tokens_out, (server.tokens_in + server.tokens_out) / 1e6, 1, 1]
    )


def test_a_tuned_model_is_asked_with_the_prompt_that_it_was_trained_with(
    snapshot: Snapshot, server: ChatServerDouble
) -> None:
    assert ask(snapshot, model_at(server, tuned=True)).source == "llm"
    assert ask(snapshot, model_at(server)).source == "llm"

    tuned, general = (body["messages"] for body in server.bodies)
    assert [message["role"] for message in tuned] == ["system", "user"]
    assert len(general) > len(tuned)
    assert tuned[-1] == general[-1]
