"""What a request says reaches no other answer and no log, whoever reads it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from airloom.assistant.assistant_settings import AssistantSettings
from airloom.llm.settings import OpenAISettings
from airloom.ranking.snapshot import Snapshot
from model_service.api.ask import AskRequest
from model_service.engine.assistant_model import AssistantModel
from model_service.engine.engine import Engine
from tests.airloom.assistant.injections import MADE_UP, OBEDIENT, TEXTS
from tests.airloom.llm.server.chat_server_double import ChatServerDouble
from tests.model_service.engine.small_engine import AT, make_engine
from tests.model_service.shop import with_attributes


def requests_in(body: dict[str, Any]) -> str:
    return str(json.dumps(json.loads(body["messages"][-1]["content"])["requests"]))


@pytest.fixture(scope="module", params=["rules", *OBEDIENT])
def engine(snapshot: Snapshot, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A service whose requests are read by rules, or by a model that obeys them."""
    shop = with_attributes(snapshot)
    if request.param == "rules":
        yield make_engine(shop)
        return
    reply_to = OBEDIENT[request.param]
    double = ChatServerDouble(question_in=requests_in, reply_to=lambda queries: reply_to(json.loads(queries)))
    with double.running():
        openai = OpenAISettings(base_url=double.base_url, model="reader")
        yield make_engine(shop, assistant_model=AssistantModel(AssistantSettings(openai, deadline_ms=20_000)))


def ask(engine: Engine, query: str, **fields: object) -> str:
    response = engine.ask(AskRequest.model_validate({"query": query, "at": AT} | fields))
    return response.model_dump_json(exclude={"request_id", "stage_ms"})


def test_another_user_is_answered_with_the_same_bytes_and_nothing_is_logged(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    def ask_other() -> str:
        return ask(engine, "a red smoothie blender under 30 euros", user_id="watches-smoothies")

    before = ask_other()
    with caplog.at_level(logging.DEBUG):
        for text in TEXTS:
            own = ask(engine, text, user_id="mallory")
            assert MADE_UP not in own
            assert not {"blender-old", "evil-1"} & {item["object_id"] for item in json.loads(own)["items"]}
            # an earlier request of a conversation is data too, and so is what was not meant
            ask(engine, "red", user_id="mallory", earlier=[text], ignore=[text])
    logged = caplog.text
    assert [text for text in TEXTS if text.strip() and text[:40] in logged] == []
    assert MADE_UP not in logged
    assert ask_other() == before
