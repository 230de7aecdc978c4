from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from model_service.web.asgi import Message, Receive, Send
from model_service.web.guard import MOST_BYTES, Guard
from model_service.web.tokens import Tokens

TOKEN = "a-token-of-some-length"


async def echo(scope: Message, receive: Receive, send: Send) -> None:
    """An application that says what it was sent."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode() + b" " + body})


def ask(method: str, path: str, *, tokens: list[str] | None = None, **options: Any) -> httpx.Response:
    async def run() -> httpx.Response:
        app = Guard(echo, find=lambda: Tokens(tokens or []))
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path, **options)

    return asyncio.run(run())


def test_what_is_right_is_handed_on_whole() -> None:
    found = ask("POST", "/v1/rank", json={"user_id": "u"})
    assert (found.status_code, found.text) == (200, '/v1/rank {"user_id":"u"}')


def test_a_body_in_parts_is_handed_on_whole() -> None:
    async def parts():
        for part in (b"{", b'"a": 1', b"}"):
            yield part

    headers = {"content-type": "application/json; charset=utf-8"}
    assert ask("POST", "/v1/rank", content=parts(), headers=headers).text == '/v1/rank {"a": 1}'


@pytest.mark.parametrize("path", ["/readyz", "/metrics", "/docs.json", "/"])
def test_probes_and_documents_need_no_token(path: str) -> None:
    assert ask("GET", path, tokens=[TOKEN]).status_code == httpx.codes.OK


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_with_tokens_only_who_has_one_may_ask(method: str) -> None:
    found = ask(method, "/v1/rank", tokens=[TOKEN], headers={"authorization": "Bearer wrong"})
    assert found.status_code == httpx.codes.UNAUTHORIZED
    assert found.headers["www-authenticate"] == "Bearer"
    assert "Bearer TOKEN" in found.json()["error"]
    right = {"authorization": f"Bearer {TOKEN}"}
    assert ask("POST", "/v1/rank", tokens=[TOKEN], headers=right, json={}).status_code == httpx.codes.OK


@pytest.mark.parametrize("length", [MOST_BYTES, MOST_BYTES + 1])
def test_a_long_body_is_refused(length: int) -> None:
    found = ask("POST", "/v1/rank", content=b"x" * length, headers={"content-type": "application/json"})
    refused = length > MOST_BYTES
    assert found.status_code == (httpx.codes.REQUEST_ENTITY_TOO_LARGE if refused else httpx.codes.OK)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_what_is_not_json_is_refused(kind: str) -> None:
    found = ask("POST", "/v1/rank", content=b"{}", headers={"content-type": kind})
    assert found.status_code == httpx.codes.UNSUPPORTED_MEDIA_TYPE
    assert "application/json" in json.loads(found.text)["error"]


def test_what_is_no_request_is_handed_on() -> None:
    seen: list[str] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    asyncio.run(Guard(app, find=lambda: Tokens([TOKEN]))({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert seen == ["lifespan"]
