from __future__ import annotations

import asyncio
from http import HTTPStatus

import httpx
import pytest

from model_service.web.asgi import as_json
from model_service.web.page import Document, Page
from tests.model_service.web.test_guard import echo


def ask(method: str, path: str, status: HTTPStatus = HTTPStatus.OK) -> httpx.Response:
    async def run() -> httpx.Response:
        app = Page(echo, path="/page", make=lambda: Document(as_json({"好": 1}), status))
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path)

    return asyncio.run(run())


def test_a_page_is_shown_at_its_path() -> None:
    found = ask("GET", "/page")
    assert (found.json(), found.headers["content-type"]) == ({"好": 1}, "application/json")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_page_has_the_status_that_it_says(method: str) -> None:
    assert ask(method, "/page", HTTPStatus.SERVICE_UNAVAILABLE).status_code == 503


def test_its_head_has_no_body() -> None:
    found = ask("HEAD", "/page")
    assert (found.status_code, found.content, found.headers["content-length"]) == (200, b"", "11")


@pytest.mark.parametrize("method", ["POST", "DELETE", "TRACE"])
def test_other_methods_are_told_which_there_are(method: str) -> None:
    found = ask(method, "/page")
    assert (found.status_code, found.headers["allow"]) == (405, "GET, HEAD")
    assert found.json()["error"] == "/page takes GET and HEAD alone"


def test_all_else_is_handed_on() -> None:
    assert ask("GET", "/pages").text == "/pages "
