from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from airloom.ranking.snapshot import Snapshot
from airloom.ranking.snapshot_cache import FOLDER
from components.build_snapshot.pointer import CURRENT, use_snapshot
from components.build_snapshot.publish import build_and_publish, publish
from feature_repo.snapshot_settings import SnapshotSettings

from .snapshot_days import snapshot


def serving(folder: Path) -> str:
    return str(json.loads((folder / CURRENT).read_text(encoding="utf-8"))["digest"])


def test_what_is_published_can_be_found_and_read(tmp_path: Path) -> None:
    saved = publish(snapshot(1), tmp_path, keep=3)
    read = Snapshot.load(tmp_path / serving(tmp_path))
    assert (read.digest, read.before, read.objects.ids) == (saved.digest, saved.before, saved.objects.ids)


def test_what_a_service_needs_is_computed_before_it_serves(tmp_path: Path) -> None:
    saved = publish(snapshot(1), tmp_path, keep=3)
    kept = sorted(path.name for path in tmp_path.glob(f"{saved.digest}/{FOLDER}/*/*"))
    assert kept == ["popular-products", "titles"]


def test_the_newest_are_kept(tmp_path: Path) -> None:
    digests = [publish(snapshot(number), tmp_path, keep=2).digest for number in (1, 2, 3)]
    assert sorted(folder.name for folder in tmp_path.iterdir() if folder.is_dir()) == sorted(digests[1:])
    assert serving(tmp_path) == digests[2]


def test_an_old_day_does_not_replace_what_serves(tmp_path: Path) -> None:
    newest = publish(snapshot(3), tmp_path, keep=1)
    publish(snapshot(1), tmp_path, keep=1)
    assert serving(tmp_path) == newest.digest
    assert (tmp_path / newest.digest).is_dir()


def test_a_snapshot_of_a_day_that_was_taken_back_is_replaced_and_removed(tmp_path: Path) -> None:
    wrong = publish(snapshot(26_000), tmp_path, keep=3)
    before = publish(snapshot(1), tmp_path, keep=3)
    assert serving(tmp_path) == wrong.digest
    right = publish(snapshot(2), tmp_path, keep=3, last_before=snapshot(2).before)
    assert serving(tmp_path) == right.digest
    assert {path.name for path in tmp_path.iterdir()} == {before.digest, right.digest, CURRENT}


def test_an_old_day_is_not_taken_for_a_later_day_that_is_gone(tmp_path: Path) -> None:
    newest = publish(snapshot(3), tmp_path, keep=3)
    publish(snapshot(1), tmp_path, keep=3, last_before=snapshot(3).before)
    assert serving(tmp_path) == newest.digest


def test_a_snapshot_that_is_chosen_while_others_are_removed_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    oldest, old, middle = (publish(snapshot(number), tmp_path, keep=3) for number in (1, 2, 3))
    remove = shutil.rmtree

    def choose_and_remove(folder: Path, **options: Any) -> None:
        if folder == tmp_path / middle.digest:
            use_snapshot(tmp_path, oldest.digest)
        remove(folder, **options)

    monkeypatch.setattr("components.build_snapshot.publish.shutil.rmtree", choose_and_remove)
    newest = publish(snapshot(4), tmp_path, keep=1)
    assert serving(tmp_path) == oldest.digest
    kept = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert oldest.digest in kept
    assert newest.digest in kept
    assert kept.isdisjoint({old.digest, middle.digest})


def test_a_killed_save_leaves_what_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = publish(snapshot(1), tmp_path, keep=3)
    monkeypatch.setattr(np, "save", _killed)
    with pytest.raises(KeyboardInterrupt):
        publish(snapshot(2), tmp_path, keep=3)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([before.digest, CURRENT])
    assert serving(tmp_path) == before.digest


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_an_alias_of_a_value_that_no_product_has_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    built = snapshot(1)
    for name, result in {"open_store": None, "apply_if_moved": None, "snapshot_before": built}.items():
        monkeypatch.setattr(
            f"components.build_snapshot.publish.{name}", lambda *_, _result=result, **__: _result
        )
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "aliases.tsv").write_text("alias\tvalue\nsofa\tcouches\n", encoding="utf-8")
    build_and_publish(str(tmp_path), day=date(2026, 3, 1), config=None, settings=SnapshotSettings())
    assert caplog.messages == ["knowledge/aliases.tsv, line 2 changes nothing: no product has 'couches'"]
