"""The types of an ASGI application, and the answers that those of ours give by themselves."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


async def answer(
    send: Send,
    status: HTTPStatus,
    found: object,
    *,
    headers: dict[str, str] | None = None,
) -> None:
    """Send `found` as JSON."""
    given = {"content-type": "application/json"} | (headers or {})
    await answer_bytes(send, status, as_json(found), given)


async def refuse(send: Send, status: HTTPStatus, why: str, *, headers: dict[str, str] | None = None) -> None:
    """Send a refusal, in the form that all of them have."""
    await answer(send, status, {"error": why, "detail": []}, headers=headers)


def as_json(found: object) -> bytes:
    """One line of JSON."""
    return json.dumps(found, ensure_ascii=False).encode(errors="replace") + b"\n"


async def answer_bytes(
    send: Send, status: HTTPStatus, body: bytes, headers: dict[str, str], *, only_head: bool = False
) -> None:
    """Send a body that is whole."""
    given = headers | {"content-length": str(len(body))}
    coded = [(name.encode(), value.encode()) for name, value in given.items()]
    await send({"type": "http.response.start", "status": status.value, "headers": coded})
    await send({"type": "http.response.body", "body": b"" if only_head else body})
