from __future__ import annotations

from pathlib import Path

import pytest

from airloom.ranking import snapshot as snapshot_module
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.snapshot_cache import FOLDER
from airloom.ranking.snapshot_verification import VERIFIED, is_verified, note_verified
from tests.airloom.ranking.small_shop import small_snapshot


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / small_snapshot().save(tmp_path).digest


def test_the_same_files_are_verified_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_verified(folder)
    Snapshot.load(folder, keep=True)
    assert is_verified(folder)
    monkeypatch.delattr(snapshot_module, "content_digest")
    Snapshot.load(folder, keep=True)


def test_training_verifies_nothing_and_leaves_nothing(folder: Path) -> None:
    Snapshot.load(folder)
    assert not (folder / FOLDER).exists()


def test_a_file_that_changed_is_verified_again(folder: Path) -> None:
    note_verified(folder)
    file = folder / "path_nodes.npy"
    file.write_bytes(file.read_bytes())
    assert not is_verified(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", "\ud800"])
def test_a_note_that_says_nothing_is_none(folder: Path, text: str) -> None:
    note_verified(folder)
    (folder / FOLDER / VERIFIED).write_bytes(text.encode(errors="surrogatepass"))
    assert not is_verified(folder)


def test_where_nothing_can_be_written_it_is_verified_each_time(folder: Path) -> None:
    (folder / FOLDER).write_text("a file in the way")
    for _ in range(2):
        Snapshot.load(folder, keep=True)
        assert not is_verified(folder)
