"""Pages that stand in front of the API: `GET` at one path each."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final, NamedTuple

from model_service.web.asgi import App, Message, Receive, Send, answer_bytes, refuse

METHODS: Final = ("GET", "HEAD")
JSON: Final = "application/json"


class Document(NamedTuple):
    """What a page shows now."""

    body: bytes
    status: HTTPStatus = HTTPStatus.OK


class Page:
    """Answers one path in front of an application, which answers all others.

    Args:
        app: The application.
        path: The path.
        make: The page, made anew for every request; at once, so that probes wait for nobody.
        kind: Its content type.
    """

    def __init__(self, app: App, *, path: str, make: Callable[[], Document], kind: str = JSON) -> None:
        self._app, self._path, self._make, self._kind = app, path, make, kind

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] != self._path:
            await self._app(scope, receive, send)
        elif scope["method"] not in METHODS:
            why = f"{self._path} takes {' and '.join(METHODS)} alone"
            await refuse(send, HTTPStatus.METHOD_NOT_ALLOWED, why, headers={"allow": ", ".join(METHODS)})
        else:
            headers = {"content-type": self._kind}
            found = self._make()
            await answer_bytes(send, found.status, found.body, headers, only_head=scope["method"] == "HEAD")
