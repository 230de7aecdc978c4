from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import Message

from model_service.http.body import MAX_BYTES, read_json_body
from model_service.http.errors import ClientDisconnectedError
from tests.model_service.http.requests import request

JSON = {"content-type": "application/json; charset=utf-8"}


def test_a_body_in_parts_is_read_whole() -> None:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b"{", b'"user_id": "u"', b"}"):
            yield part

    assert request("POST", "/v1/rank", content=parts(), headers=JSON).status_code == httpx.codes.OK


@pytest.mark.parametrize("length", [MAX_BYTES, MAX_BYTES + 1])
def test_a_long_body_is_refused(length: int) -> None:
    body = b'{"user_id":"u"}'.ljust(length)
    answer = request("POST", "/v1/rank", content=body, headers=JSON)
    too_long = length > MAX_BYTES
    assert answer.status_code == (httpx.codes.REQUEST_ENTITY_TOO_LARGE if too_long else httpx.codes.OK)
    if too_long:
        assert answer.json() == {"error": "A body has 1,048,576 bytes at most", "detail": []}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
@pytest.mark.parametrize("path", ["/v1/rank", "/v1/events", "/v1/explain"])
def test_what_is_not_json_is_refused(path: str, content_type: str) -> None:
    answer = request("POST", path, content=b"{}", headers={"content-type": content_type})
    assert answer.status_code == httpx.codes.UNSUPPORTED_MEDIA_TYPE
    assert "application/json" in answer.json()["error"]
    assert answer.json()["detail"] == []


def compressed(body: bytes, encoding: str) -> httpx.Response:
    return request("POST", "/v1/rank", content=body, headers=JSON | {"content-encoding": encoding})


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", "identity, gzip"])
def test_a_body_may_be_compressed_with_gzip(encoding: str) -> None:
    assert compressed(gzip.compress(b'{"user_id": "u"}'), encoding).status_code == httpx.codes.OK


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_a_body_need_not_be_compressed(encoding: str) -> None:
    assert compressed(b'{"user_id": "u"}', encoding).status_code == httpx.codes.OK


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "gzip, br", "nonsense"])
def test_any_other_coding_is_refused_by_name(encoding: str) -> None:
    answer = compressed(gzip.compress(gzip.compress(b'{"user_id": "u"}')), encoding)
    assert answer.status_code == httpx.codes.UNSUPPORTED_MEDIA_TYPE
    assert answer.headers["accept-encoding"] == "gzip, identity"
    assert "compressed with gzip, once" in answer.json()["error"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"user_id": "u"}', "and the body is none"),
        (b"", "cut off"),
        (gzip.compress(b'{"user_id": "u"}')[:-9], "cut off"),
        (gzip.compress(b'{"user_id": "u"}')[:-2] + b"xx", "and the body is none"),
        (gzip.compress(b'{"user_id": "u"}') * 2, "something follows it"),
    ],
)
def test_what_is_no_gzip_file_is_told_so(body: bytes, message: str) -> None:
    answer = compressed(body, "gzip")
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert answer.json()["detail"][0]["loc"] == ["body"]
    assert message in answer.json()["detail"][0]["msg"]


@pytest.mark.parametrize("length", [MAX_BYTES, MAX_BYTES + 1, 32 * MAX_BYTES])
def test_the_limit_is_that_of_the_decompressed_body(length: int) -> None:
    answer = compressed(gzip.compress(b'{"user_id":"u"}'.ljust(length)), "gzip")
    too_long = length > MAX_BYTES
    assert answer.status_code == (httpx.codes.REQUEST_ENTITY_TOO_LARGE if too_long else httpx.codes.OK)


def test_half_a_body_is_not_taken_for_a_whole_one() -> None:
    messages: list[Message] = [
        {"type": "http.request", "body": b'{"user_id": "u"}', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    scope = {"type": "http", "headers": [(b"content-type", b"application/json")]}
    with pytest.raises(ClientDisconnectedError):
        asyncio.run(read_json_body(scope, receive))
