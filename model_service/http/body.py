"""Reads a request's body: JSON only, and of limited size."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope

MAX_BYTES: Final = 1 << 20
"""Of a body: 500 events with the longest ids are about half of it."""


async def read_json_body(scope: Scope, receive: Receive) -> bytes:
    """Return the whole body.

    Raises:
        HTTPException: 415, it is not declared as JSON; 413, it is too long.
    """
    kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"A body is JSON: send Content-Type: application/json, not {kind or 'nothing'}",
        )
    parts: list[bytes] = []
    length = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > MAX_BYTES:
            raise HTTPException(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has {MAX_BYTES:,} bytes at most"
            )
        more = message.get("more_body", False)
    return b"".join(parts)
