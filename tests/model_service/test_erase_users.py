"""`python -m model_service.erase_users` where no service runs; `test_service.py` has one that does."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from airloom.logs.contract import EVENTS
from airloom.logs.erasure_requests import ErasureRequests
from airloom.logs.lake import Lake
from model_service.erase_users import main
from model_service.settings import variable
from model_service.user_events.recent_events import RecentEvent
from model_service.user_events.redis_recent_events import RedisRecentEvents
from tests.redis_server import RedisServer
from tests.traces import traces

ANN = "ann-of-the-hill"


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A lake in whose journal a process that died left an event."""
    for name in list(os.environ):
        if name.startswith("AIRLOOM_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv(variable("lake"), str(tmp_path / "lake"))
    segment = tmp_path / "lake" / "journal" / "events" / "1-2-3.jsonl"
    segment.parent.mkdir(parents=True)
    row = {
        "user_id": ANN,
        "ts": 1_772_366_400_000_000,
        "domain": "content",
        "action": "view",
        "object_id": "v",
    }
    segment.write_text(json.dumps(row) + "\n", encoding="utf-8")
    return Lake(tmp_path / "lake")


def forget(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps([ANN])))
    return main(list(words))


def test_what_a_dead_process_left_goes_to_the_lake_where_it_can_be_removed(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert forget(monkeypatch) == 0
    assert len(ErasureRequests(lake).open()) == 1
    assert traces(lake.path("journal"), ANN) == []
    assert lake.read(lake.landing(EVENTS))["user_id"].to_pylist() == [ANN]


def test_live_events_in_redis_are_removed(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = RedisServer(tmp_path)
    try:
        recent_events = RedisRecentEvents(server.client())
        recent_events.add(ANN, [RecentEvent("e", 1, "view", "v")])
        monkeypatch.setenv(variable("live_redis"), server.url)
        assert forget(monkeypatch) == 0
        assert recent_events.read(ANN).events == []
    finally:
        server.kill()


def test_help_lists_only_the_options_that_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert all(word in text for word in ("--lake", "--journal", "--tokens", "Required"))
    assert not any(word in text for word in ("--grpc", "--experiment", "--mlflow-uri"))


def test_options_of_the_service_have_no_effect(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    assert forget(monkeypatch, "--mlflow-uri", "sqlite://", "--grpc", "127.0.0.1:3001") == 0
    assert len(ErasureRequests(lake).open()) == 1


def test_what_is_no_id_is_named_by_its_position_and_all_others_are_erased(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["", ANN, "x" * 5_000, None, 7, "\ud800", "bo"]
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(given)))
    assert main([]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == [0, 2, 3, 4, 5]
    assert "5 are no user ids" in err
    requests = ErasureRequests(lake)
    assert {request.user_digest for request in requests.open()} == {
        requests.digest(ANN),
        requests.digest("bo"),
    }


def test_where_nobody_is_named_nothing_is_erased(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("[1]"))
    assert main([]) == 1
    assert json.loads(capsys.readouterr().out) == [0]
    assert ErasureRequests(lake).all() == []


@pytest.mark.parametrize("words", ["ann", "{}1", "3", "[" * 100_000])
def test_what_is_no_list_of_ids_is_one_sentence(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(words))
    assert main([]) == 1
    assert "Give a JSON list of user ids" in capsys.readouterr().err
    assert ErasureRequests(lake).all() == []


def test_a_service_that_is_away_is_one_sentence(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("model_service.client.FIRST_PAUSE_S", 0.0)
    assert forget(monkeypatch, "--service", "http://127.0.0.1:9") == 1
    assert "http://127.0.0.1:9 does not answer" in capsys.readouterr().err
    assert ErasureRequests(lake).all() == []
