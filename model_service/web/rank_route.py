"""`POST /v1/rank` without a framework: BentoML's own handling of a call takes as long as a cheap page."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from pydantic import ValidationError

from airloom.errors import AirloomError
from model_service.pages.schema import RankRequest, RankResponse
from model_service.served.swap import NotReadyError
from model_service.web.asgi import App, Message, Receive, Send, answer, answer_bytes, refuse
from model_service.web.not_ready import refuse_for_now
from model_service.web.refusal import not_found, refusal

logger = logging.getLogger("airloom.service")

PATH: Final = "/v1/rank"
_JSON: Final = {"content-type": "application/json"}


class RankRoute:
    """Answers before BentoML would; everything else goes on.

    Args:
        app: The application.
        find: What makes pages.
    """

    def __init__(self, app: App, *, find: Callable[[], Callable[[RankRequest], RankResponse]]) -> None:
        self._app, self._find = app, find

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request, whose body is whole in its first message: `Guard` has read it."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        try:
            request = RankRequest.model_validate_json((await receive())["body"])
        except ValidationError as error:
            await answer(send, HTTPStatus.BAD_REQUEST, refusal(error))
            return
        try:
            page = self._find()(request).model_dump_json().encode()
        except AirloomError as error:
            fault = not_found(request, "preview_variant", error)
            await answer(send, HTTPStatus.BAD_REQUEST, refusal(fault))
        except NotReadyError as error:
            await refuse_for_now(send, str(error))
        except Exception as error:  # noqa: BLE001 - a fault of ours; its words and its traceback may name a user
            logger.error("A page failed: %s", type(error).__name__)  # noqa: TRY400
            await refuse(send, HTTPStatus.INTERNAL_SERVER_ERROR, "The service failed; its log says with what")
        else:
            await answer_bytes(send, HTTPStatus.OK, page, _JSON)
