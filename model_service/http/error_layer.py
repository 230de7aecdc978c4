"""The one layer that turns what a route or another layer raises into an answer."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from model_service.http.errors import ClientDisconnectedError, error_response


class ErrorMiddleware:
    """Answers every error with what `error_response` makes of it.

    None reaches the server, which would log the traceback: its last line may hold a user's id. An answer that
    has begun cannot be replaced: it stays incomplete, and the server closes the connection.

    Args:
        app: What may fail.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_and_note_start(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_note_start)
        except ClientDisconnectedError:
            return
        except Exception as error:  # noqa: BLE001 - every error is answered
            response = error_response(error)
            if not started:
                await response(scope, receive, send)
