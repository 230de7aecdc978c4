"""Stands before the routes of the API: who may ask, how much they may send, and in which form."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from model_service.web import forget_route
from model_service.web.asgi import App, Message, Receive, Send, refuse
from model_service.web.tokens import Tokens

PREFIX: Final = "/v1/"
MOST_BYTES: Final = 1 << 20
"""Of a body: 500 events with the longest ids are about half of it."""


class Guard:
    """Refuses what must not reach an application, and hands on the rest.

    Args:
        app: The application.
        find: The tokens that may ask.
    """

    def __init__(self, app: App, *, find: Callable[[], Tokens]) -> None:
        self._app, self._find = app, find

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if not self._find().allow(headers.get(b"authorization")):
            await refuse(
                send,
                HTTPStatus.UNAUTHORIZED,
                "Send a token that the service knows, as: Authorization: Bearer TOKEN",
                headers={"www-authenticate": "Bearer"},
            )
            return
        if scope["method"] != "POST" or scope["path"].startswith(forget_route.PREFIX):
            await self._app(scope, receive, send)
            return
        kind = headers.get(b"content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            await refuse(
                send,
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                f"A body is JSON: send Content-Type: application/json, not {kind or 'nothing'}",
            )
            return
        body = await _whole(receive)
        if body is None:
            await refuse(
                send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has {MOST_BYTES:,} bytes at most"
            )
            return
        await self._app(scope, _given(body, receive), send)


async def _whole(receive: Receive) -> bytes | None:
    """The body; None as soon as it is too long."""
    parts: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > MOST_BYTES:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _given(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read already, and then what comes."""
    first = True

    async def again() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return again
