from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake
from airloom.ranking.snapshot import Snapshot
from benchmarks import serve_latency, soak
from pipelines.home import Home
from tests.model_service.conftest import Shop, ranker, registry, shop
from tests.model_service.shop import NOON, USERS, make_snapshot, with_attributes

__all__ = ["ranker", "registry", "shop"]  # fixtures


@pytest.fixture(scope="session")
def snapshot() -> Snapshot:
    """Of a shop that says something about its products, so that they can be asked for in words."""
    return with_attributes(make_snapshot())


@pytest.fixture
def home(tmp_path: Path, shop: Shop) -> Home:
    """As a demo leaves it, with the shop in its lake and a ranker in its registry."""
    home = Home.at(tmp_path / "home")
    shutil.copytree(shop.lake, home.lake)
    (home.root / "mlflow").mkdir()
    shutil.copy(shop.registry.removeprefix("sqlite:///"), home.root / "mlflow" / "mlflow.db")
    events = [
        {"user_id": user, "ts": NOON * 1_000_000, "domain": "content", "action": "view", "object_id": "v"}
        for user in USERS
    ]
    rows = pa.Table.from_pylist(events).cast(
        EVENTS.stored_schema.empty_table().select(list(events[0])).schema
    )
    Lake(home.lake).write(EVENTS, date(2026, 3, 1), rows)
    return home


def run(monkeypatch: pytest.MonkeyPatch, main: Callable[[], None], home: Home, *words: str) -> Any:
    """What a benchmark writes down that is called with these words."""
    file = home.root.parent / "found.json"
    monkeypatch.setattr(sys, "argv", ["benchmark", "--home", str(home.root), *words, "--json", str(file)])
    main()
    return json.loads(file.read_text(encoding="utf-8"))


def test_latency_is_measured_of_every_kind_of_page_and_of_requests_in_words(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("CANDIDATES", (20,)), ("USUAL_CANDIDATES", 20), ("CONNECTIONS", (1, 2))):
        monkeypatch.setattr(serve_latency, name, value)
    monkeypatch.setattr(serve_latency, "WARM_UP_SECONDS", 0.1)
    result = run(monkeypatch, serve_latency.main, home, "--stores", "sqlite", "--seconds", "0.3")
    kinds = [(row["protocol"], row["state"], row["connections"]) for row in result["rows"]]
    assert kinds == [
        ("http", "cold", 1),
        *(("http", "warm", 1), ("http", "warm", 2), ("grpc", "warm", 1), ("grpc", "warm", 2)),
        *(("http", "strangers", 1), ("grpc", "strangers", 1)),
    ]
    for row in result["rows"]:
        assert row["errors"] == 0
        assert 0 < row["p50_ms"] <= row["p99.9_ms"]
        assert set(row["stages_ms"]) == {"user", "candidates", "ranking", "reasons", "frame"}
    words = result["in_words"]["sqlite"]
    assert words["errors"] == 0
    assert words["p99_times"] == pytest.approx(words["p99_ms"] / words["page_p99_ms"])
    assert "times those of a page of 20 (p99 at most 3); 0 errors" in capsys.readouterr().out
    assert result["ready_s"]["sqlite"] > 0
    assert result["floor"]["grpc"]["p50_ms"] > 0
    assert result["commit"]


def test_a_soak_counts_what_was_shown_and_logged(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak, "CANDIDATES", 20)
    monkeypatch.setattr(soak, "CAPACITY_SECONDS", 0.5)
    result = run(monkeypatch, soak.main, home, "--minutes", "0.2", "--swaps", "1")
    assert result["swaps"] == 2
    assert result["answers"] > 0
    assert result["shown"] == result["logged"] > 0
    assert result["faults"] == {}
