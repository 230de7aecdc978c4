"""Every answer that is not a success, in one JSON form: `ErrorBody`."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, Self

from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from airloom.errors import AirloomError
from model_service.api.errors import ErrorBody, ErrorDetail
from model_service.outbox.page_ids import RequestIdUsedError
from model_service.release.reloader import POLL_SECONDS, NotReadyError

logger = logging.getLogger("airloom.service")

RETRY_AFTER: Final = f"{POLL_SECONDS:.0f}"
"""Seconds: before the next poll nothing changes."""


class ClientDisconnectedError(Exception):
    """The client left before its request was whole: nothing is done, and nobody waits for an answer."""


class InvalidRequestError(Exception):
    """A request is not valid; `body` names its faults, without the input: it may hold a user's id."""

    def __init__(self, body: ErrorBody) -> None:
        super().__init__(body.error)
        self.body = body

    @classmethod
    def from_validation(cls, error: ValidationError) -> Self:
        """Return the error of a request that is not valid."""
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        return cls(
            ErrorBody(
                error=_summary(error.error_count(), error.title),
                detail=[
                    ErrorDetail(type=fault["type"], loc=list(fault["loc"]), msg=fault["msg"])
                    for fault in faults
                ],
            )
        )

    @classmethod
    def of_body(cls, fault: str, message: str) -> Self:
        """Return the error of a body that cannot be read."""
        detail = ErrorDetail(type=fault, loc=["body"], msg=message)
        return cls(ErrorBody(error="The body cannot be read", detail=[detail]))

    @classmethod
    def of_path(cls, field: str, message: str) -> Self:
        """Return the error of an id in the path that is no text."""
        detail = ErrorDetail(type="string_unicode", loc=[field], msg=message)
        return cls(ErrorBody(error="The path cannot be read", detail=[detail]))

    @classmethod
    def not_found(cls, request: BaseModel, field: str, error: AirloomError) -> Self:
        """Return the error of a field that names something that does not exist."""
        detail = ErrorDetail(type="not_found", loc=[field], msg=str(error))
        return cls(ErrorBody(error=_summary(1, type(request).__name__), detail=[detail]))


def error_response(error: Exception) -> Response:  # noqa: PLR0911 - one case an error
    """Return the answer to a request that raised `error`; an unexpected error is logged by its type."""
    match error:
        case InvalidRequestError():
            return _response(HTTPStatus.BAD_REQUEST, error.body)
        case RequestIdUsedError():
            detail = ErrorDetail(type="request_id_used", loc=["request_id"], msg=str(error))
            body = ErrorBody(error="Another page has this request_id", detail=[detail])
            return _response(HTTPStatus.CONFLICT, body)
        case NotReadyError():
            return _message(HTTPStatus.SERVICE_UNAVAILABLE, str(error), {"retry-after": RETRY_AFTER})
        case TimeoutError():
            return _message(HTTPStatus.GATEWAY_TIMEOUT, "The request took too long. Send it again.")
        case HTTPException(status_code=HTTPStatus.NOT_FOUND):
            return _message(HTTPStatus.NOT_FOUND, "There is no such path. /docs.json lists all of them.")
        case HTTPException(status_code=HTTPStatus.METHOD_NOT_ALLOWED):
            allowed = dict(error.headers or {}).get("Allow", "")
            text = f"This path takes only {' and '.join(sorted(allowed.split(', ')))}."
            return _message(HTTPStatus.METHOD_NOT_ALLOWED, text, error.headers)
        case HTTPException():
            return _message(HTTPStatus(error.status_code), error.detail, error.headers)
        case _:
            # the type only: the message and the traceback may hold the user's id
            logger.error("A request failed: %s", type(error).__name__)
            return _message(HTTPStatus.INTERNAL_SERVER_ERROR, "The service failed; its log says with what.")


async def handle_http_exception(_: Request, error: Exception) -> Response:
    """Answer an HTTPException, which Starlette would answer in its own form before `ErrorMiddleware`."""
    return error_response(error)


def _summary(faults: int, model: str) -> str:
    """Return the sentence above the faults of a request, worded as pydantic does."""
    return f"{faults} validation error{'' if faults == 1 else 's'} for {model}"


def _message(status: HTTPStatus, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return _response(status, ErrorBody(error=text, detail=[]), headers)


def _response(status: HTTPStatus, body: ErrorBody, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        body.model_dump_json() + "\n", status_code=status, headers=headers, media_type="application/json"
    )
