from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from airloom.ranking.air import AirRanker
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.settings import TOWERS
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.snapshot_cache import Arrays, SnapshotCache
from airloom.timestamps import EpochSeconds
from tests.airloom.ranking.small_shop import SmallShop, untrained


def ones() -> Arrays:
    return {"ones": np.ones((3, 2), np.float32), "none": np.empty((0, 4), np.int32)}


def never() -> Arrays:
    raise AssertionError("made again")


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("derived/*/*"))


def test_what_is_kept_is_made_once(tmp_path: Path) -> None:
    SnapshotCache(tmp_path).arrays("a", ones)
    kept_arrays = SnapshotCache(tmp_path).arrays("a", never)
    assert kept_arrays["ones"].tolist() == [[1, 1]] * 3
    assert kept_arrays["none"].shape == (0, 4)
    assert SnapshotCache(tmp_path).arrays("b", lambda: {"twos": np.full(2, 2)})["twos"].tolist() == [2, 2]
    assert kept(tmp_path) == ["a", "b"]


def test_without_a_folder_nothing_is_kept_and_nothing_can_be_changed(tmp_path: Path) -> None:
    for cache in (SnapshotCache(), SnapshotCache(tmp_path)):
        with pytest.raises(ValueError, match="read-only"):
            cache.arrays("a", ones)["ones"][0] = 7
    with pytest.raises(AssertionError, match="made again"):
        SnapshotCache().arrays("a", never)


def test_other_code_makes_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SnapshotCache(tmp_path).arrays("a", ones)
    monkeypatch.setattr("airloom.ranking.snapshot_cache.sources_digest", lambda: "other")
    assert SnapshotCache(tmp_path).arrays("a", lambda: {"ones": np.zeros(1)})["ones"].tolist() == [0]


def test_a_damaged_file_is_made_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    SnapshotCache(tmp_path).arrays("a", ones)
    file = next(tmp_path.glob("derived/*/a/ones.npy"))
    file.write_bytes(file.read_bytes()[:-5])
    assert SnapshotCache(tmp_path).arrays("a", ones)["ones"].shape == (3, 2)
    assert "damaged" in caplog.text
    SnapshotCache(tmp_path).arrays("a", never)


def test_where_nothing_can_be_written_arrays_stay_in_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "derived").write_text("a file in the way")
    with caplog.at_level(logging.WARNING):
        assert SnapshotCache(tmp_path).arrays("a", ones)["ones"].shape == (3, 2)
    assert "not kept" in caplog.text


def test_a_ranker_and_candidates_over_a_kept_snapshot_are_the_same_the_second_time(
    shop: SmallShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    untrained(shop.snapshot).save(tmp_path / "ranker")
    folder = tmp_path / shop.snapshot.save(tmp_path).digest

    def page(snapshot: Snapshot) -> tuple[list[int], list[float], str]:
        ranker = AirRanker.load(tmp_path / "ranker", snapshot)
        proposed = Candidates(snapshot).propose(shop.history(1), shop.now)
        ranking = ranker.rank(history=shop.history(1), candidates=proposed, now=shop.now)
        return proposed.tolist(), ranking.scores.tolist(), ranker.version

    first = page(Snapshot.load(folder, keep=True))
    assert [name.partition("-")[0] for name in kept(folder)] == [
        *["encoder"] * len(TOWERS),
        "network",
        "titles",
    ]
    with monkeypatch.context() as patch:
        for made in ("encoder.item_vectors.ItemVectors", "candidates.nearest_titles.NearestTitles"):
            patch.setattr(f"airloom.ranking.{made}.of", lambda *_: never())
        patch.setattr("airloom.ranking.air.project_texts", lambda *_: never())
        assert page(Snapshot.load(folder, keep=True)) == first
    assert page(Snapshot.load(folder)) == first


def test_a_changed_copy_of_a_snapshot_uses_nothing_of_the_original(shop: SmallShop, tmp_path: Path) -> None:
    folder = tmp_path / shop.snapshot.save(tmp_path).digest
    snapshot = Snapshot.load(folder, keep=True)
    snapshot.cache.arrays("a", ones)
    changed = replace(snapshot, before=EpochSeconds(snapshot.before + 1))
    assert changed.cache.arrays("a", lambda: {"ones": np.zeros(1)})["ones"].tolist() == [0]


def test_another_ranker_over_the_same_snapshot_keeps_its_own(shop: SmallShop, tmp_path: Path) -> None:
    folder = tmp_path / shop.snapshot.save(tmp_path).digest
    snapshot = Snapshot.load(folder, keep=True)
    for seed in (0, 1):
        untrained(snapshot, seed=seed)
    assert len(kept(folder)) == 2 * (len(TOWERS) + 1)
