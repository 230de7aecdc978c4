from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import httpx
import pytest

from model_service.users.forget import MOST_CHARACTERS, ForgetResponse
from model_service.web.forget_route import ForgetRoute
from tests.model_service.web.test_guard import echo

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Forgetful:
    """Notes whom it was told to forget."""

    def __init__(self) -> None:
        self.users: list[str] = []

    def __call__(self, user_id: str) -> ForgetResponse:
        self.users.append(user_id)
        return ForgetResponse(asked_at=NOON, degraded=[])


def ask(method: str, path: str, forget: Forgetful | None = None) -> httpx.Response:
    async def run() -> httpx.Response:
        app = ForgetRoute(echo, find=lambda: forget or Forgetful())
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("path", "user"),
    [
        ("u-17", "u-17"),
        ("%E5%A5%BD", "好"),
        ("a%2Fb", "a/b"),
        ("a/b", "a/b"),
        ("%20", " "),
        ("a%3Fb", "a?b"),
        ("u" * 300, "u" * 300),
        ("%2E%2E", ".."),
    ],
)
def test_whoever_the_path_names_is_forgotten(path: str, user: str) -> None:
    forget = Forgetful()
    found = ask("DELETE", f"/v1/users/{path}", forget)
    assert found.json() == {"asked_at": "2026-03-01T12:00:00Z", "degraded": []}
    assert forget.users == [user]


@pytest.mark.parametrize("path", ["", "u" * (MOST_CHARACTERS + 1)])
def test_what_is_no_id_is_told_what_is_wrong(path: str) -> None:
    found = ask("DELETE", f"/v1/users/{path}")
    assert found.status_code == httpx.codes.BAD_REQUEST
    assert found.json()["detail"][0]["loc"] == ["user_id"]
    assert "u" * 100 not in found.text


def test_other_methods_are_told_which_one_there_is() -> None:
    found = ask("GET", "/v1/users/u-17")
    assert (found.status_code, found.headers["allow"]) == (httpx.codes.METHOD_NOT_ALLOWED, "DELETE")


@pytest.mark.parametrize("path", ["/v1/rank", "/v1/users", "/users/u-17"])
def test_all_else_is_handed_on(path: str) -> None:
    assert ask("DELETE", path).text == f"{path} "
