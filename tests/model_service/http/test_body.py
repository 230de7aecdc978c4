from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from model_service.http.body import MAX_BYTES
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
