from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.routing import Route

from model_service.http.application import routes
from model_service.http.openapi import document
from model_service.service import MountedFirst


def test_the_routes_are_those_of_the_openapi_document() -> None:
    declared = {
        (route.path, method)
        for route in routes()
        if isinstance(route, Route)
        for method in route.methods or ()
    }
    documented = {
        (path.replace("{user_id}", "{user_id:any_text}"), method.upper())
        for path, operations in document()["paths"].items()
        for method in operations
    }
    assert documented <= declared
    only_declared = {path for path, _ in declared} - {path for path, _ in documented}
    assert only_declared == {"/docs.json", "/", "/ask"}


@pytest.mark.parametrize(("scope", "reached"), [("http", "mounted"), ("lifespan", "bentoml")])
def test_http_requests_reach_the_mounted_application_first(scope: str, reached: str) -> None:
    reached_by: list[str] = []

    def application(name: str) -> Any:
        async def run(*_: object) -> None:
            reached_by.append(name)

        return run

    layer = MountedFirst(application("bentoml"), mounted=application("mounted"))
    asyncio.run(layer({"type": scope}, None, None))  # type: ignore[arg-type]
    assert reached_by == [reached]
