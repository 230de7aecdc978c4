"""Against a transport that answers as it is told; `test_service.py` uses the client with a real service."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

import httpx
import pytest
from pydantic import ValidationError

from airloom.errors import AirloomError
from model_service.api.events import Event
from model_service.client import MAX_ATTEMPTS, Client

EVENT = Event(event_id="e", user_id="u", action="view", object_id="v")
TAKEN = {"accepted": 1, "repeated": 0, "degraded": []}

Answer = Callable[[httpx.Request], httpx.Response]


def client(answer: Answer, *, token: str | None = None) -> Client:
    return Client("http://service", token=token, transport=httpx.MockTransport(answer))


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_service.client.FIRST_PAUSE_S", 0.0)


def test_only_what_is_set_is_sent_with_the_token() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=TAKEN)

    client(answer, token="a-token-of-some-length").ingest([EVENT])
    (sent,) = json.loads(seen[0].content)["events"]
    assert set(sent) == {"event_id", "user_id", "action", "object_id", "at"}
    assert seen[0].headers["authorization"] == "Bearer a-token-of-some-length"
    assert seen[0].url.path == "/v1/events"


def test_a_broken_connection_is_tried_again() -> None:
    tried: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        tried.append(1)
        if len(tried) < MAX_ATTEMPTS:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200, json=TAKEN)

    assert client(answer).ingest([EVENT]).accepted == 1

    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    with pytest.raises(AirloomError, match=r"http://service does not answer \(ReadTimeout\)"):
        client(away).ready()


def test_events_that_could_not_be_written_are_sent_again() -> None:
    answers = [{"accepted": 0, "repeated": 0, "degraded": ["event_log"]}, TAKEN]
    assert client(lambda _: httpx.Response(200, json=answers.pop(0))).ingest([EVENT]).accepted == 1
    full = {"accepted": 0, "repeated": 0, "degraded": ["event_log"]}
    with pytest.raises(AirloomError, match="cannot write events"):
        client(lambda _: httpx.Response(200, json=full)).ingest([EVENT])


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (
            httpx.Response(400, json={"error": "1", "detail": [{"loc": ["k"], "msg": "too large"}]}),
            "answers 400: k: too large",
        ),
        (httpx.Response(401, json={"error": "Send a token", "detail": []}), "answers 401: Send a token"),
        (httpx.Response(502, text="<html>"), "answers 502: Bad Gateway"),
    ],
)
def test_a_refusal_is_one_sentence(response: httpx.Response, message: str) -> None:
    with pytest.raises(AirloomError, match=message):
        client(lambda _: response).rank(user_id="u")


def test_what_is_not_valid_is_not_sent() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request)

    with pytest.raises(ValidationError):
        client(answer).rank(user_id="u", k=1000)
    with pytest.raises(ValidationError):
        client(answer).ingest([])


def test_a_user_is_forgotten_whatever_characters_are_in_the_id() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        noted = len(seen) > 1  # the first time, the disk is full
        return httpx.Response(
            200,
            json={
                "asked_at": "2026-03-01T12:00:00Z" if noted else None,
                "degraded": [] if noted else ["erasure_record"],
            },
        )

    assert client(answer).forget(user_id="a/b ?好.").degraded == []
    assert [request.method for request in seen] == ["DELETE", "DELETE"]
    assert seen[0].url.raw_path == b"/v1/users/a%2Fb%20%3F%E5%A5%BD%2E"
    assert client(answer).forget(user_id="..").degraded == []
    assert seen[-1].url.raw_path == b"/v1/users/%2E%2E"

    def full(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"asked_at": None, "degraded": ["erasure_record"]})

    with pytest.raises(AirloomError, match="http://service cannot record whom to erase"):
        client(full).forget(user_id="u")


def test_who_is_forgotten_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        done = {"asked_at": "2026-03-01T12:00:00Z", "degraded": []}
        client(lambda _: httpx.Response(200, json=done)).forget(user_id="a-name-to-hide")
        client(lambda _: httpx.Response(200, json={"ready": True})).ready()
    assert "readyz" in caplog.text  # other requests are still told
    assert "a-name-to-hide" not in caplog.text
