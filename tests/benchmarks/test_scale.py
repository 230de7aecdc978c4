from __future__ import annotations

from pathlib import Path

import pytest

from airloom.ranking.snapshot import Snapshot
from benchmarks.scale import growth, loaded, made_up, save_ranker, users_of


def test_a_made_up_catalogue_is_loaded_and_ranked_as_the_service_does_it(tmp_path: Path) -> None:
    snapshot = made_up(400).save(tmp_path)
    assert Snapshot.load(tmp_path / snapshot.digest).digest == made_up(400).save(tmp_path / "again").digest
    assert len(snapshot.products) == 400
    save_ranker(snapshot, tmp_path / "ranker")
    result = loaded(tmp_path / snapshot.digest, tmp_path / "ranker")
    for name in ("given_100", "given_300", "proposed"):
        assert 0 < result[f"{name}_p50_ms"] <= result[f"{name}_p99_ms"]
    assert result["ready_seconds"] >= result["map_seconds"]


def test_users_are_read_from_a_real_store(tmp_path: Path) -> None:
    result = users_of(tmp_path / "users", 60)
    assert result["users"] == 60
    assert result["read_p50_ms"] > 0
    assert result["disk_mib"] >= 0


def test_growth_is_the_power_of_the_size() -> None:
    catalogues = [
        {
            "products": size,
            "given_100_p50_ms": 3.0,
            "given_300_p50_ms": size**0.5,
            "proposed_p50_ms": 2.0 * size,
            "ready_seconds": size**2.0,
        }
        for size in (10, 100, 1000)
    ]
    assert growth(catalogues, []) == pytest.approx(
        {
            "given_100_p50_ms by products": 0.0,
            "given_300_p50_ms by products": 0.5,
            "proposed_p50_ms by products": 1.0,
            "ready_seconds by products": 2.0,
        }
    )
