from __future__ import annotations

import pytest
from prometheus_client import REGISTRY

from model_service.http.latency import route_of
from tests.model_service.http.requests import TOKEN, make_runtime, request


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/v1/rank", "/v1/rank"),
        ("/readyz", "/readyz"),
        ("/v1/users/u-17", "/v1/users/{id}"),
        ("/v1/users/", "/v1/users/{id}"),
        ("/v1/rank/", "other"),
        ("/wp-login.php", "other"),
        ("/static_content/swagger-ui.css", "other"),
    ],
)
def test_a_path_has_one_of_a_handful_of_names(path: str, route: str) -> None:
    assert route_of(path) == route


@pytest.mark.parametrize(
    ("path", "route", "code"),
    [("/one-user", "other", 404), ("/livez", "/livez", 200), ("/v1/rank", "/v1/rank", 401)],
)
def test_every_request_is_counted_once_with_its_status(path: str, route: str, code: int) -> None:
    def count() -> float:
        labels = {"route": route, "code": str(code)}
        return REGISTRY.get_sample_value("airloom_http_seconds_count", labels) or 0.0

    before = count()
    assert request("GET", path, runtime=make_runtime(tokens=[TOKEN])).status_code == code
    assert count() == before + 1
