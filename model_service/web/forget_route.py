"""`DELETE /v1/users/{id}`: BentoML's own routes take POST alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Final

from pydantic import ValidationError

from model_service.users.forget import Forget, ForgetRequest
from model_service.web.asgi import App, Message, Receive, Send, answer, refuse
from model_service.web.refusal import refusal

PREFIX: Final = "/v1/users/"
THREADS: Final = 2
"""Of its own: a store that is locked may hold them, and events must not wait for that."""


class ForgetRoute:
    """Answers `DELETE` below `PREFIX` in front of an application, which answers all else.

    Args:
        app: The application.
        find: What forgets.
    """

    def __init__(self, app: App, *, find: Callable[[], Forget]) -> None:
        self._app, self._find = app, find
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="forget")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        if scope["method"] != "DELETE":
            why = f"{PREFIX}{{id}} takes DELETE alone"
            await refuse(send, HTTPStatus.METHOD_NOT_ALLOWED, why, headers={"allow": "DELETE"})
            return
        try:
            request = ForgetRequest(user_id=scope["path"].removeprefix(PREFIX))
        except ValidationError as error:
            await answer(send, HTTPStatus.BAD_REQUEST, refusal(error))
            return
        loop = asyncio.get_running_loop()
        done = await loop.run_in_executor(self._threads, self._find(), request.user_id)
        await answer(send, HTTPStatus.OK, done.model_dump(mode="json"))
