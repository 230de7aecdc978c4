from __future__ import annotations

import httpx
import pytest

from model_service.api.errors import ErrorBody
from model_service.http.errors import error_response
from tests.model_service.http.requests import request

ROUTES = {
    "/v1/rank": "POST",
    "/v1/events": "POST",
    "/v1/explain": "POST",
    "/v1/users/u-17": "DELETE",
    "/livez": "GET",
    "/healthz": "GET",
    "/readyz": "GET",
    "/metrics": "GET",
    "/docs.json": "GET",
    "/": "GET",
}


@pytest.mark.parametrize(
    "path", ["/nothing", "/v1/", "/v1/rank/", "/v1/users", "/schema.json", "/v1/%C3%BC%0A"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_path_that_does_not_exist(method: str, path: str) -> None:
    answer = request(method, path)
    assert answer.status_code == httpx.codes.NOT_FOUND
    assert ErrorBody.model_validate_json(answer.content).detail == []


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE"])
def test_a_method_that_does_not_exist(method: str, path: str) -> None:
    answer = request(method, path)
    assert answer.status_code == httpx.codes.METHOD_NOT_ALLOWED
    allowed = set(answer.headers["allow"].split(", "))
    assert allowed == ({"GET", "HEAD"} if ROUTES[path] == "GET" else {ROUTES[path]})
    body = ErrorBody.model_validate_json(answer.content)
    assert body.error == f"This path takes only {' and '.join(sorted(allowed))}."
    assert "u-17" not in body.error


def test_every_fault_of_a_request_is_named_without_what_was_sent() -> None:
    answer = request("POST", "/v1/rank", json={"user_id": "secret", "k": 0, "candidates": "secret"})
    assert answer.status_code == httpx.codes.BAD_REQUEST
    body = ErrorBody.model_validate_json(answer.content)
    assert body.error == "2 validation errors for RankRequest"
    assert [fault.loc for fault in body.detail] == [["candidates"], ["k"]]
    assert "secret" not in answer.text


def test_what_takes_too_long_is_a_timeout() -> None:
    answer = error_response(TimeoutError())
    assert answer.status_code == httpx.codes.GATEWAY_TIMEOUT
    assert ErrorBody.model_validate_json(bytes(answer.body)).detail == []


def test_an_unexpected_error_is_logged_by_its_type(caplog: pytest.LogCaptureFixture) -> None:
    answer = error_response(KeyError("the-users-id"))
    assert answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR
    assert b"the-users-id" not in bytes(answer.body)
    assert "A request failed: KeyError" in caplog.text
    assert "the-users-id" not in caplog.text
