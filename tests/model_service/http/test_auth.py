from __future__ import annotations

import httpx
import pytest

from tests.model_service.http.requests import TOKEN, RecordingErasure, make_runtime, request


@pytest.mark.parametrize("path", ["/livez", "/metrics", "/docs.json", "/"])
def test_probes_and_documents_need_no_token(path: str) -> None:
    assert request("GET", path, runtime=make_runtime(tokens=[TOKEN])).status_code == httpx.codes.OK


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/v1/rank", "/v1/users/u-17", "/v1/nothing"])
def test_with_tokens_only_who_has_one_may_ask(method: str, path: str) -> None:
    runtime = make_runtime(tokens=[TOKEN], erase=RecordingErasure())
    for headers in ({}, {"authorization": "Bearer wrong"}):
        answer = request(method, path, runtime=runtime, headers=headers)
        assert answer.status_code == httpx.codes.UNAUTHORIZED
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "Bearer TOKEN" in answer.json()["error"]
        assert answer.json()["detail"] == []
    assert runtime.erase.users == []


def test_a_token_lets_requests_through() -> None:
    runtime = make_runtime(tokens=[TOKEN], erase=RecordingErasure())
    headers = {"authorization": f"Bearer {TOKEN}"}
    answer = request("POST", "/v1/rank", runtime=runtime, headers=headers, json={"user_id": "u"})
    assert answer.status_code == httpx.codes.OK
    assert request("DELETE", "/v1/users/u-17", runtime=runtime, headers=headers).status_code == httpx.codes.OK
    assert runtime.erase.users == ["u-17"]
