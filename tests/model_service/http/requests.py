"""Sends requests to the HTTP application over a runtime that is made up."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
from starlette.applications import Starlette

from airloom.errors import AirloomError
from model_service.api.erasures import ErasureResponse
from model_service.api.rank import RankRequest, RankResponse
from model_service.engine.engine import UnknownVariantError
from model_service.http.application import create_application
from model_service.release.reloader import NotReadyError
from model_service.tokens import Tokens

TOKEN = "a-token-of-some-length"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = RankResponse(
    request_id="r",
    experiment="e",
    variant="air",
    model_version="air-1",
    snapshot_digest="d",
    degraded=[],
    items=[],
)


class RecordingErasure:
    """Notes whom it was asked to erase."""

    def __init__(self) -> None:
        self.users: list[str] = []

    def __call__(self, user_id: str) -> ErasureResponse:
        self.users.append(user_id)
        return ErasureResponse(asked_at=NOON, degraded=[])


def rank(request: RankRequest) -> RankResponse:
    """A page, or one of the errors of a runtime."""
    if request.preview_variant is not None:
        raise UnknownVariantError("No such variant", do="Use air")
    if request.user_id == "too-early":
        raise NotReadyError("There is no snapshot. Build one.")
    if request.user_id == "breaks":
        raise AirloomError("breaks", do="Nothing")
    return PAGE


def make_runtime(*, tokens: list[str] | None = None, **parts: Any) -> SimpleNamespace:
    """A runtime with the parts that a test needs."""
    settings = SimpleNamespace(ask_page=False)
    return SimpleNamespace(**({"tokens": Tokens(tokens or []), "rank": rank, "settings": settings} | parts))


def request(method: str, path: str, *, runtime: Any = None, **options: Any) -> httpx.Response:
    """The application's answer to one request."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> Any:
        yield

    async def run() -> httpx.Response:
        application = create_application(lifespan)
        application.state.runtime = runtime or make_runtime()
        transport = httpx.ASGITransport(app=application)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path, **options)

    return asyncio.run(run())
