"""`GET /metrics` for Prometheus: what all processes of the service counted together."""

from __future__ import annotations

import asyncio
import os
from http import HTTPStatus
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from model_service.web.asgi import App, Message, Receive, Send, answer_bytes

PATH: Final = "/metrics"


def metrics() -> bytes:
    """In the text format of Prometheus."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


class MetricsPage:
    """Answers `PATH` in front of an application, which answers all else.

    Args:
        app: The application.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        found = await asyncio.to_thread(metrics)
        headers = {"content-type": CONTENT_TYPE_LATEST}
        await answer_bytes(send, HTTPStatus.OK, found, headers, only_head=scope["method"] == "HEAD")
