"""What is answered while nothing serves yet: 503, what is missing, and when to ask again."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from model_service.served.swap import LOOK_SECONDS, Swap
from model_service.web.asgi import App, Message, Receive, Send, refuse

RETRY_AFTER: Final = f"{LOOK_SECONDS:.0f}"
"""Seconds: before the next look nothing changes."""


async def refuse_for_now(send: Send, why: str) -> None:
    """Send the refusal of a request that can be answered later."""
    await refuse(send, HTTPStatus.SERVICE_UNAVAILABLE, why, headers={"retry-after": RETRY_AFTER})


class NotReadyRoute:
    """Answers `POST` at one path while nothing serves; all else, and everything later, goes on.

    For routes of BentoML, which gives a refusal neither our form nor a header.

    Args:
        app: The application.
        path: The path.
        find: Holds what serves.
    """

    def __init__(self, app: App, *, path: str, find: Callable[[], Swap]) -> None:
        self._app, self._path, self._find = app, path, find

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and scope["path"] == self._path and scope["method"] == "POST":
            swap = self._find()
            if swap.serving is None:
                await refuse_for_now(send, swap.waiting.why)
                return
        await self._app(scope, receive, send)
