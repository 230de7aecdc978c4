"""The body of a response, unpacked within a bound: a small one may unpack to gigabytes."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Final

ACCEPTED_ENCODINGS: Final = "gzip, deflate"
"""For the header Accept-Encoding."""
MAX_BODY: Final = 8 * 2**20
"""Bytes of an unpacked body that are read."""
_WINDOW: Final = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


class BodyError(Exception):
    """A body that cannot be used; the message says why, without anything of it."""


def unpacked(pieces: Iterable[bytes], *, encoding: str) -> bytes:
    """Return a body of at most `MAX_BODY` bytes; nothing beyond them is unpacked.

    Args:
        pieces: The body as it comes.
        encoding: The header Content-Encoding; one of those that were asked for, or none.

    Raises:
        BodyError: It is too long, broken, or packed in another way, several times for instance.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _bounded(pieces)
    if name not in _WINDOW:
        raise BodyError(f"a Content-Encoding other than {ACCEPTED_ENCODINGS}")
    unpacker = zlib.decompressobj(_WINDOW[name])
    body = bytearray()
    try:
        for piece in pieces:
            body += unpacker.decompress(piece, MAX_BODY + 1 - len(body))
            if len(body) > MAX_BODY:
                raise _too_long()
    except zlib.error:
        raise BodyError(f"a body that is no {name}") from None
    if not unpacker.eof:
        raise BodyError(f"a body whose {name} ends early")
    return bytes(body)


def _bounded(pieces: Iterable[bytes]) -> bytes:
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > MAX_BODY:
            raise _too_long()
    return bytes(body)


def _too_long() -> BodyError:
    return BodyError(f"a response of more than {MAX_BODY >> 20} MiB")
