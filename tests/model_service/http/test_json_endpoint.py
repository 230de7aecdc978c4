from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from model_service.api.rank import RankResponse
from model_service.http import json_endpoint
from tests.model_service.http.requests import PAGE, request


def test_a_page_comes_back_as_json() -> None:
    answer = request("POST", "/v1/rank", json={"user_id": "u"})
    assert answer.status_code == httpx.codes.OK
    assert answer.headers["content-type"] == "application/json"
    assert RankResponse.model_validate_json(answer.content) == PAGE


def test_what_is_wrong_is_named_without_what_was_sent() -> None:
    for body, where in (
        ({"user_id": "secret", "k": 0}, ["k"]),
        ({"user_id": "secret", "preview_variant": "zz"}, ["preview_variant"]),
    ):
        answer = request("POST", "/v1/rank", json=body)
        assert answer.status_code == httpx.codes.BAD_REQUEST
        assert answer.json()["error"] == "1 validation error for RankRequest"
        assert [fault["loc"] for fault in answer.json()["detail"]] == [where]
        assert "secret" not in answer.text


def test_while_nothing_serves_it_says_so_and_when_to_ask_again() -> None:
    answer = request("POST", "/v1/rank", json={"user_id": "too-early"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json() == {"error": "There is no snapshot. Build one.", "detail": []}


def test_a_fault_of_the_service_is_not_the_clients(caplog: pytest.LogCaptureFixture) -> None:
    answer = request("POST", "/v1/rank", json={"user_id": "breaks"})
    assert answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR
    assert "A request failed: AirloomError" in caplog.text
    assert "breaks" not in caplog.text


def test_a_body_that_does_not_arrive_in_time_is_answered_in_our_form(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stalled() -> AsyncIterator[bytes]:
        yield b'{"user_id": '
        await asyncio.sleep(3600)

    monkeypatch.setattr(json_endpoint, "TIMEOUT_S", 0.05)
    answer = request("POST", "/v1/rank", content=stalled(), headers={"content-type": "application/json"})
    assert answer.status_code == httpx.codes.GATEWAY_TIMEOUT
    assert answer.json() == {"error": "The request took too long. Send it again.", "detail": []}
