"""Authentication: bearer tokens for everything below `/v1/`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX: Final = "/v1/"


class BearerAuthMiddleware:
    """Refuses requests of the API without a token that the runtime knows.

    Args:
        app: Gets all other requests.

    Raises:
        HTTPException: 401, for `ErrorMiddleware` to answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if (
            scope["type"] == "http"
            and scope["path"].startswith(PREFIX)
            and not scope["app"].state.runtime.tokens.allow(Headers(scope=scope).get("authorization"))
        ):
            raise HTTPException(
                HTTPStatus.UNAUTHORIZED,
                "Send a token that the service knows, as: Authorization: Bearer TOKEN",
                headers={"www-authenticate": "Bearer"},
            )
        await self._app(scope, receive, send)
