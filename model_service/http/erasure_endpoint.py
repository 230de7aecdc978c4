"""`DELETE /v1/users/{user_id}`: the id is the rest of the path, whatever characters it has."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import unquote_to_bytes

from pydantic import ValidationError
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response

from model_service.api.erasures import USERS_PREFIX, ErasureParameters
from model_service.http.errors import InvalidRequestError
from model_service.http.json_endpoint import TIMEOUT_S
from model_service.runtime import Runtime

USER_PATH: Final = f"{USERS_PREFIX}{{user_id:any_text}}"

_THREADS: Final = ThreadPoolExecutor(2, thread_name_prefix="erasure")
"""Of its own: a store that is locked may hold them, and events must not wait for that."""


class _AnyTextConvertor(StringConvertor):
    """Starlette's `path` convertor with line breaks; it also lets validation refuse the empty id."""

    regex = r"[\s\S]*"


register_url_convertor("any_text", _AnyTextConvertor())


async def erase_user(request: Request) -> Response:
    """Erase the user of the path."""
    try:
        user_id = ErasureParameters(user_id=_named_user(request.scope["raw_path"])).user_id
    except ValidationError as error:
        raise InvalidRequestError.from_validation(error) from error
    runtime: Runtime = request.app.state.runtime
    async with asyncio.timeout(TIMEOUT_S):
        response = await asyncio.get_running_loop().run_in_executor(_THREADS, runtime.erase, user_id)
    return Response(response.model_dump_json(), media_type="application/json")


def _named_user(raw_path: bytes) -> str:
    """Return the user id of a path; the server's own decoding would replace what is no UTF-8.

    Raises:
        InvalidRequestError: The id is no UTF-8.
    """
    try:
        return unquote_to_bytes(raw_path).decode().removeprefix(USERS_PREFIX)
    except UnicodeDecodeError as error:
        raise InvalidRequestError.of_path(
            "user_id", "The id is not UTF-8: write each byte of its UTF-8 form as %XX"
        ) from error
