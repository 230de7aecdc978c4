"""Authentication: bearer tokens for everything below `/v1/`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from model_service.http.errors import error_response

PREFIX: Final = "/v1/"


class BearerAuthMiddleware:
    """Answers 401 to requests of the API without a token that the runtime knows.

    Args:
        app: Gets all other requests.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if (
            scope["type"] == "http"
            and scope["path"].startswith(PREFIX)
            and not scope["app"].state.runtime.tokens.allow(_authorization(scope))
        ):
            refused = HTTPException(
                HTTPStatus.UNAUTHORIZED,
                "Send a token that the service knows, as: Authorization: Bearer TOKEN",
                headers={"www-authenticate": "Bearer"},
            )
            await error_response(refused)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _authorization(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name.lower() == b"authorization":
            return bytes(value).decode("latin-1")
    return None
