from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from airloom.ranking.snapshot import Snapshot
from model_service.release.reloader import ReleaseReloader
from tests.model_service.http.requests import make_runtime, request
from tests.model_service.release.release_double import ReleaseDouble

PATHS = ["/livez", "/healthz", "/metrics", "/docs.json", "/"]


@pytest.mark.parametrize("path", PATHS)
def test_a_head_is_answered_like_a_get(path: str) -> None:
    got, head = request("GET", path), request("HEAD", path)
    assert got.status_code == head.status_code == 200
    assert head.headers["content-type"] == got.headers["content-type"]


def test_readiness_says_why_nothing_serves_and_then_what_does(snapshot: Snapshot) -> None:
    world = ReleaseDouble(snapshot)
    world.away = True
    reloader = ReleaseReloader(world.poll, world.load)
    runtime = make_runtime(reloader=reloader)
    reloader.poll()
    answer = request("GET", "/readyz", runtime=runtime)
    assert answer.status_code == 503
    since = answer.json()["since"]
    assert answer.json() == {"ready": False, "why": "The registry is away. Wait.", "since": since}
    assert since.endswith("Z")
    world.away = False
    reloader.poll()
    answer = request("GET", "/readyz", runtime=runtime)
    assert answer.status_code == 200
    state = answer.json()
    assert (state["ready"], state["rankers"], state["refused"]) == (True, {"only": "v1"}, None)
    assert state["overlap_at_10"] == state["alike"]


def test_text_of_any_script_is_not_escaped() -> None:
    reloader = SimpleNamespace(serving=None, waiting=("好", SimpleNamespace(isoformat=lambda **_: "now")))
    answer = request("GET", "/readyz", runtime=make_runtime(reloader=reloader))
    assert "好".encode() in answer.content
    assert json.loads(answer.content)["why"] == "好"
