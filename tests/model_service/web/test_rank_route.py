from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from airloom.errors import AirloomError
from model_service.pages.schema import RankRequest, RankResponse
from model_service.served.swap import NotReadyError
from model_service.web.asgi import Message, Receive, Send, answer_bytes
from model_service.web.rank_route import RankRoute

PAGE = RankResponse(
    request_id="r",
    experiment="e",
    variant="air",
    model_version="air-1",
    snapshot_digest="d",
    degraded=[],
    items=[],
)


async def behind(scope: Message, receive: Receive, send: Send) -> None:
    await answer_bytes(send, httpx.codes.OK, b"behind", {})  # type: ignore[arg-type]


def page(request: RankRequest) -> RankResponse:
    if request.preview_variant is not None:
        raise AirloomError("No such variant", do="Use air")
    if request.user_id == "too-early":
        raise NotReadyError("There is no snapshot. Build one.")
    if request.user_id == "breaks":
        raise ValidationError.from_exception_data("RankResponse", [])
    return PAGE


def ask(method: str, path: str, **options: Any) -> httpx.Response:
    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app=RankRoute(behind, find=lambda: page))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path, **options)

    return asyncio.run(run())


def test_a_page_comes_back_as_json() -> None:
    found = ask("POST", "/v1/rank", json={"user_id": "u"})
    assert found.status_code == httpx.codes.OK
    assert found.headers["content-type"] == "application/json"
    assert RankResponse.model_validate_json(found.content) == PAGE


def test_what_is_wrong_is_said_without_what_was_sent() -> None:
    for body, where in (
        ({"user_id": "secret", "k": 0}, ["k"]),
        ({"user_id": "secret", "preview_variant": "zz"}, ["preview_variant"]),
    ):
        found = ask("POST", "/v1/rank", json=body)
        assert found.status_code == httpx.codes.BAD_REQUEST
        assert found.json()["error"] == "1 validation error for RankRequest"
        assert [fault["loc"] for fault in found.json()["detail"]] == [where]
        assert "secret" not in found.text


def test_while_nothing_serves_it_says_so_and_when_to_ask_again() -> None:
    found = ask("POST", "/v1/rank", json={"user_id": "too-early"})
    assert (found.status_code, found.headers["retry-after"]) == (503, "5")
    assert found.json() == {"error": "There is no snapshot. Build one.", "detail": []}


def test_everything_else_goes_on() -> None:
    for method, path in (("GET", "/v1/rank"), ("POST", "/v1/events"), ("POST", "/v1/rank/")):
        assert ask(method, path).text == "behind"


def test_a_fault_of_ours_is_not_the_clients(caplog: pytest.LogCaptureFixture) -> None:
    found = ask("POST", "/v1/rank", json={"user_id": "breaks"})
    assert found.status_code == httpx.codes.INTERNAL_SERVER_ERROR
    assert "A page failed: ValidationError" in caplog.text
    assert "breaks" not in caplog.text
