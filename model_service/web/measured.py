"""Measures every request by its route.

BentoML labels its own metrics with whatever path was asked for: a user's id in `/v1/users/{id}`, and anything
else that a client makes up, which fills the memory.
"""

from __future__ import annotations

import time
from typing import Final

from model_service.metrics import HTTP_SECONDS
from model_service.web import forget_route
from model_service.web.asgi import App, Message, Receive, Send
from model_service.web.openapi import OPERATIONS, PROBES

ROUTES: Final = frozenset(
    {
        *(operation.path for operation in OPERATIONS if "{" not in operation.path),
        *PROBES,
        *("/healthz", "/docs.json", "/"),
    }
)
FORGET: Final = f"{forget_route.PREFIX}{{id}}"
OTHER: Final = "other"


def route_of(path: str) -> str:
    """One of a handful of names, whatever the path is."""
    if path in ROUTES:
        return path
    return FORGET if path.startswith(forget_route.PREFIX) else OTHER


class Measured:
    """Stands before everything else, so that refusals are counted too.

    Args:
        app: What is measured.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request; its time ends when the answer's last byte is handed on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def measure(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                seconds = time.perf_counter() - began
                HTTP_SECONDS.labels(route_of(scope["path"]), str(status)).observe(seconds)

        try:
            await self._app(scope, receive, measure)
        except Exception:  # what stands outside of this answers it
            HTTP_SECONDS.labels(route_of(scope["path"]), "500").observe(time.perf_counter() - began)
            raise
