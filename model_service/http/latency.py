"""Measures the latency of every request by its route.

BentoML labels its own metrics with the requested path: a user's id in `/v1/users/{user_id}`, and anything
else that a client makes up, which fills the memory.
"""

from __future__ import annotations

import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from model_service.api.erasures import USERS_PREFIX
from model_service.http.openapi import OPERATIONS, PROBES
from model_service.metrics import HTTP_SECONDS

ROUTES: Final = frozenset(
    {
        *(operation.path for operation in OPERATIONS if "{" not in operation.path),
        *(probe.path for probe in PROBES),
        *("/docs.json", "/"),
    }
)
USERS: Final = f"{USERS_PREFIX}{{id}}"
OTHER: Final = "other"


def route_of(path: str) -> str:
    """Return one of a handful of names, whatever the path is."""
    if path in ROUTES:
        return path
    return USERS if path.startswith(USERS_PREFIX) else OTHER


class LatencyMiddleware:
    """Measures a request until the last byte of its answer is handed on.

    Args:
        app: What is measured.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0

        async def send_and_observe(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                seconds = time.perf_counter() - started
                HTTP_SECONDS.labels(route_of(scope["path"]), str(status)).observe(seconds)

        await self._app(scope, receive, send_and_observe)
