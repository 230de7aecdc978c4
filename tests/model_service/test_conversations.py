"""Conversations with the real service, whose language model is another process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from airloom.logs.erasure_requests import ErasureRequests
from airloom.logs.lake import Lake
from airloom.ranking.snapshot import Snapshot
from components.forget_users.forget import forget
from model_service.outbox.exposure_log import COLLECT_SECONDS
from tests.model_service.calls import AT, send
from tests.model_service.conftest import ServiceProcess, Shop, serving
from tests.model_service.shop import make_snapshot, with_attributes
from tests.model_service.strict_chat_server import MODEL
from tests.traces import traces

OF_ONE_CALL = ("request_id", "stage_ms")


class Talk(NamedTuple):
    """A service and the process of its language model."""

    service: ServiceProcess
    model: subprocess.Popen[str]

    def ask(self, *queries: str, **fields: Any) -> Any:
        body = {"query": queries[-1], "earlier": queries[:-1], "k": 5, "at": AT} | fields
        response = self.service.client.post("/v1/ask", json=body)
        assert response.status_code == httpx.codes.OK, response.text
        return response.json()


@pytest.fixture(scope="session")
def snapshot() -> Snapshot:
    return with_attributes(make_snapshot())


@pytest.fixture
def talk(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    folder = tmp_path_factory.mktemp("talk")
    command = [sys.executable, "-m", "tests.model_service.strict_chat_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as model:
        assert model.stdout is not None
        settings = folder / "assistant.yaml"
        openai = f"openai: {{base_url: '{model.stdout.readline().strip()}', model: {MODEL}}}"
        settings.write_text(f"{openai}\ndeadline_ms: 20000\n", encoding="utf-8")
        with serving(shop, folder, "--assistant", str(settings)) as service:
            yield Talk(service, model)
        model.kill()


def test_a_model_that_is_killed_between_two_requests_changes_the_source_and_nothing_else(talk: Talk) -> None:
    """Its replies are what rules read, so that whatever else differs would come from its end."""
    conversations = [
        ("smoothie blenders under 30 euros",),
        ("smoothie blenders under 30 euros", "only in red"),
        ("smoothie blenders in red, under 5 euros",),
        ("red and red and red",),
    ]
    alive = [talk.ask(*queries, user_id="watches-smoothies") for queries in conversations]
    assert {answer["source"] for answer in alive} == {"llm"}

    talk.model.kill()
    talk.model.wait()
    dead = [talk.ask(*queries, user_id="watches-smoothies") for queries in conversations]

    assert {answer["source"] for answer in dead} == {"rules"}
    for before, after in zip(alive, dead, strict=True):
        assert before["items"]
        assert before.keys() == after.keys()
        for name in before.keys() - {"source", *OF_ONE_CALL}:
            assert before[name] == after[name], name
    assert talk.service.client.get("/readyz").json()["ready"] is True


def test_erasing_a_user_reaches_their_conversations(talk: Talk, shop: Shop) -> None:
    user, secret = "asks-a-lot", "zanzibarish"
    first = f"smoothie blenders, {secret}, under 30 euros"
    shown = [talk.ask(first, user_id=user), talk.ask(first, "only in red", user_id=user)]
    product = shown[1]["items"][0]["object_id"]
    assert send(
        talk.service,
        {
            "event_id": "liked-1",
            "user_id": user,
            "action": "click",
            "object_id": product,
            "request_id": shown[1]["request_id"],
        },
    ) == {"accepted": 1, "repeated": 0, "degraded": []}
    time.sleep(2 * COLLECT_SECONDS)
    assert traces(shop.lake, user)
    assert all(traces(shop.lake, answer["request_id"]) for answer in shown)
    assert talk.ask("red", user_id=user, at=None)["degraded"] == []

    erased = talk.service.client.delete(f"/v1/users/{user}")

    assert (erased.status_code, erased.json()["degraded"]) == (httpx.codes.OK, [])
    # nothing of the conversation is left to refine, or to order by
    again = talk.ask("only in red", user_id=user, at=None)
    assert again["degraded"] == ["unknown_user"]
    assert [condition["text"] for condition in again["understood"]["conditions"]] == ["red"]
    time.sleep(2 * COLLECT_SECONDS)  # that answer is in the journal, too
    talk.service.client.delete(f"/v1/users/{user}")
    digest = ErasureRequests(Lake(shop.lake)).digest(user)
    assert digest in [done.user_digest for done in forget(Lake(shop.lake), config=None)]
    assert traces(shop.lake, user) == []
    for answer in shown:
        assert traces(shop.lake, answer["request_id"]) == []
    # the words were nowhere in the first place
    assert traces(shop.lake, secret) == []
    log = talk.service.log.read_text(encoding="utf-8")
    assert user not in log
    assert secret not in log
