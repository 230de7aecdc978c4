from __future__ import annotations

import asyncio
from types import SimpleNamespace

import httpx
import pytest

from model_service import service
from model_service.web.asgi import App
from model_service.web.tokens import Tokens
from tests.model_service.web.test_forget_route import Forgetful
from tests.model_service.web.test_guard import TOKEN, echo


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("wrong", 401), (TOKEN, 200)])
def test_nobody_is_forgotten_without_a_token(
    monkeypatch: pytest.MonkeyPatch, token: str | None, status: int
) -> None:
    forget = Forgetful()
    monkeypatch.setattr(service, "_serving", lambda: SimpleNamespace(tokens=Tokens([TOKEN]), forget=forget))
    app: App = echo
    for layer, options in reversed(service.RankingService.middlewares):  # as Starlette puts them together
        app = layer(app, **options)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            headers = {"authorization": f"Bearer {token}"} if token else {}
            return await client.delete("/v1/users/u-17", headers=headers)

    assert asyncio.run(ask()).status_code == status
    assert forget.users == (["u-17"] if status == httpx.codes.OK else [])
