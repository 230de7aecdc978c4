from __future__ import annotations

import httpx
import pytest

from model_service.api.erasures import MAX_CHARACTERS
from tests.model_service.http.requests import RecordingErasure, make_runtime, request


@pytest.mark.parametrize(
    ("path", "user"),
    [
        ("u-17", "u-17"),
        ("%E5%A5%BD", "好"),
        ("a%2Fb", "a/b"),
        ("a/b", "a/b"),
        ("%20", " "),
        ("a%0Ab%0A", "a\nb\n"),
        ("a%3Fb", "a?b"),
        ("u" * 300, "u" * 300),
        ("%2E%2E", ".."),
    ],
)
def test_the_user_of_the_path_is_erased(path: str, user: str) -> None:
    erasure = RecordingErasure()
    answer = request("DELETE", f"/v1/users/{path}", runtime=make_runtime(erase=erasure))
    assert answer.json() == {"asked_at": "2026-03-01T12:00:00Z", "degraded": []}
    assert erasure.users == [user]


@pytest.mark.parametrize("path", ["caf%E9", "%FF", "a%C3", "%ED%A0%80", "%C0%80", "a/%FE/b"])
def test_an_id_that_is_not_utf_8_is_nobody(path: str) -> None:
    erasure = RecordingErasure()
    answer = request("DELETE", f"/v1/users/{path}", runtime=make_runtime(erase=erasure))
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert answer.json()["detail"][0]["loc"] == ["user_id"]
    assert "not UTF-8" in answer.json()["detail"][0]["msg"]
    assert erasure.users == []


@pytest.mark.parametrize("path", ["", "u" * (MAX_CHARACTERS + 1)])
def test_what_is_no_id_is_told_what_is_wrong(path: str) -> None:
    answer = request("DELETE", f"/v1/users/{path}")
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert answer.json()["detail"][0]["loc"] == ["user_id"]
    assert "u" * 100 not in answer.text


def test_other_methods_are_told_which_one_there_is() -> None:
    answer = request("GET", "/v1/users/u-17")
    assert (answer.status_code, answer.headers["allow"]) == (httpx.codes.METHOD_NOT_ALLOWED, "DELETE")
