"""Reads a request's body: JSON only, of limited size, plain or compressed with gzip."""

from __future__ import annotations

import zlib
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope

from model_service.http.errors import ClientDisconnectedError, InvalidRequestError

MAX_BYTES: Final = 1 << 20
"""Of a body, as it is sent and after decompression: 500 events with the longest ids are about half of it."""

ENCODINGS: Final = "gzip, identity"
"""What `Content-Encoding` may say."""
_GZIP_FORMAT: Final = 16 + zlib.MAX_WBITS


async def read_json_body(scope: Scope, receive: Receive) -> bytes:
    """Return the whole body, decompressed.

    Raises:
        HTTPException: 415, it is not declared as JSON, or compressed in another way than gzip; 413, it is too
            long.
        InvalidRequestError: It is no gzip file.
        ClientDisconnectedError: The client left before the body was whole.
    """
    headers = Headers(scope=scope)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"A body is JSON: send Content-Type: application/json, not {kind or 'nothing'}",
        )
    compressed = _is_compressed(headers)
    body = await _read(receive)
    return _decompress(body) if compressed else body


def _is_compressed(headers: Headers) -> bool:
    """Return whether the body is compressed with gzip, once."""
    codings = [coding.strip().lower() for coding in ",".join(headers.getlist("content-encoding")).split(",")]
    match [coding for coding in codings if coding not in ("", "identity")]:
        case []:
            return False
        case ["gzip" | "x-gzip"]:
            return True
    raise HTTPException(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "A body is compressed with gzip, once, or not at all: send Content-Encoding: gzip, or none",
        headers={"accept-encoding": ENCODINGS},
    )


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    length = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnectedError
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > MAX_BYTES:
            raise _too_long()
        more = message.get("more_body", False)
    return b"".join(parts)


def _decompress(data: bytes) -> bytes:
    """Return what a gzip file of one member holds; at most one byte above `MAX_BYTES` is decompressed."""
    member = zlib.decompressobj(_GZIP_FORMAT)
    try:
        body = member.decompress(data, MAX_BYTES + 1)
    except zlib.error as error:
        raise InvalidRequestError.of_body(
            "gzip_invalid", "Content-Encoding says gzip, and the body is none"
        ) from error
    if len(body) > MAX_BYTES:
        raise _too_long()
    if not member.eof or member.unused_data:
        raise InvalidRequestError.of_body("gzip_invalid", "The gzip file is cut off, or something follows it")
    return body


def _too_long() -> HTTPException:
    return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has {MAX_BYTES:,} bytes at most")
