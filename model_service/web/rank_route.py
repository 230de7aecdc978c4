"""`POST /v1/rank` without a framework: BentoML's own handling of a call takes as long as a cheap page."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from pydantic import ValidationError

from model_service.pages.schema import RankRequest, RankResponse
from model_service.web.asgi import App, Message, Receive, Send, answer, answer_bytes
from model_service.web.refusal import refusal

PATH: Final = "/v1/rank"
_JSON: Final = {"content-type": "application/json"}


class RankRoute:
    """Answers what the method `rank` of the service would, and in the same words; everything else goes on.

    Args:
        app: The application.
        page: Makes pages.
    """

    def __init__(self, app: App, *, page: Callable[[RankRequest], RankResponse]) -> None:
        self._app, self._page = app, page

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request, whose body is whole in its first message: `Guard` has read it."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        try:
            request = RankRequest.model_validate_json((await receive())["body"])
            page = self._page(request).model_dump_json().encode()
        except ValidationError as error:
            await answer(send, HTTPStatus.BAD_REQUEST, refusal(error))
        else:
            await answer_bytes(send, HTTPStatus.OK, page, _JSON)
