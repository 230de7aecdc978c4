from __future__ import annotations

import asyncio

import httpx
import pytest
from prometheus_client import REGISTRY

from model_service.web.measured import Measured, route_of
from tests.model_service.web.test_guard import echo


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/v1/rank", "/v1/rank"),
        ("/readyz", "/readyz"),
        ("/v1/users/u-17", "/v1/users/{id}"),
        ("/v1/users/", "/v1/users/{id}"),
        ("/v1/rank/", "other"),
        ("/wp-login.php", "other"),
        ("/static_content/swagger-ui.css", "other"),
    ],
)
def test_a_path_has_one_of_a_handful_of_names(path: str, route: str) -> None:
    assert route_of(path) == route


def test_every_request_is_counted_once_with_its_status() -> None:
    def counted() -> float:
        labels = {"route": "other", "code": "200"}
        return REGISTRY.get_sample_value("airloom_http_seconds_count", labels) or 0.0

    async def ask(*paths: str) -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=Measured(echo))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return [await client.get(path) for path in paths]

    before = counted()
    found = asyncio.run(ask("/one-user", "/another-user"))
    assert [each.text for each in found] == ["/one-user ", "/another-user "]
    assert counted() == before + 2
