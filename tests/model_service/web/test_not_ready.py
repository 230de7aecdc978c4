from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from airloom.ranking.snapshot import Snapshot
from model_service.served.swap import Swap
from model_service.web.not_ready import NotReadyRoute
from tests.model_service.served.test_swap import World
from tests.model_service.web.test_guard import echo


@pytest.fixture
def world(snapshot: Snapshot) -> World:
    made = World(snapshot)
    made.away = True
    return made


@pytest.fixture
def swap(world: World) -> Iterator[Swap]:
    made = Swap(world.look, world.load)
    made.look()
    yield made
    made.stop()


def ask(swap: Swap, method: str, path: str) -> httpx.Response:
    async def run() -> httpx.Response:
        app = NotReadyRoute(echo, path="/v1/explain", find=lambda: swap)
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path)

    return asyncio.run(run())


def test_while_nothing_serves_it_says_why_and_when_to_ask_again(swap: Swap) -> None:
    found = ask(swap, "POST", "/v1/explain")
    assert (found.status_code, found.headers["retry-after"]) == (503, "5")
    assert found.json() == {"error": "The registry is away. Wait.", "detail": []}


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/explain"), ("POST", "/v1/events")])
def test_all_else_goes_on(swap: Swap, method: str, path: str) -> None:
    assert ask(swap, method, path).text.startswith(path)


def test_once_something_serves_it_goes_on(swap: Swap, world: World) -> None:
    world.away = False
    swap.look()
    assert ask(swap, "POST", "/v1/explain").text.startswith("/v1/explain")
