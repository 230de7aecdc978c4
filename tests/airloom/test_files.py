from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from airloom.errors import AirloomError
from airloom.files import atomic_dir, atomic_file, check_private, sha256_of, unfinished, write_text


def test_a_file_appears_whole(tmp_path: Path) -> None:
    write_text(tmp_path / "new" / "note.txt", "all of it")
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["note.txt"]
    assert (tmp_path / "new" / "note.txt").read_text() == "all of it"


def test_after_an_error_the_old_file_stays_and_nothing_else(tmp_path: Path) -> None:
    write_text(tmp_path / "note.txt", "old")
    with pytest.raises(ZeroDivisionError), atomic_file(tmp_path / "note.txt") as temporary:
        temporary.write_text(f"half {1 / 0}")
    assert (tmp_path / "note.txt").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_replaces_the_old_one_or_nothing(tmp_path: Path) -> None:
    for content in ("one", "two"):
        with atomic_dir(tmp_path / "site") as folder:
            (folder / content).write_text(content)
    assert [file.name for file in (tmp_path / "site").iterdir()] == ["two"]
    with pytest.raises(ZeroDivisionError), atomic_dir(tmp_path / "site") as folder:
        raise ZeroDivisionError
    assert [file.name for file in tmp_path.iterdir()] == ["site"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full.*note.txt.*Free some space"),
        (errno.EACCES, "note.txt may not be written"),
    ],
)
def test_a_full_disk_or_a_forbidden_place_is_one_sentence(tmp_path: Path, number: int, words: Any) -> None:
    with pytest.raises(AirloomError, match=words), atomic_file(tmp_path / "note.txt"):
        raise OSError(number, "refused")


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    write_text(tmp_path / "empty", "")
    assert sha256_of(tmp_path / "empty").startswith("e3b0c44298fc1c14")


def test_the_old_folder_comes_back_when_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with atomic_dir(tmp_path / "site") as folder:
        (folder / "one").write_text("one")
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self.name.endswith(".tmp"):
            raise OSError(errno.EIO, "the disk failed")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError, match="the disk failed"), atomic_dir(tmp_path / "site") as folder:
        (folder / "two").write_text("two")
    assert [file.name for file in (tmp_path / "site").iterdir()] == ["one"]
    assert [file.name for file in tmp_path.iterdir()] == ["site"]


def test_what_killed_writers_leave_is_found(tmp_path: Path) -> None:
    writers = [atomic_file(tmp_path / "a" / "file"), atomic_dir(tmp_path / "folder")]
    begun: list[Path] = []
    for writer in writers:
        temporary = writer.__enter__()
        if not temporary.exists():
            temporary.touch()
        begun.append(temporary)

    assert unfinished(tmp_path) == sorted(begun)


def test_a_folder_moved_aside_is_the_only_copy_until_its_successor_is_there(tmp_path: Path) -> None:
    aside = tmp_path / ".snapshot.0a1b2c3d.old"
    aside.mkdir()
    assert unfinished(tmp_path) == []

    (tmp_path / "snapshot").mkdir()
    assert unfinished(tmp_path) == [aside]


def test_files_of_others_are_no_business_of_ours(tmp_path: Path) -> None:
    for name in (".hidden", "part-0.parquet", ".part.crc", "x.0a1b2c3d.tmp"):
        (tmp_path / name).touch()

    assert unfinished(tmp_path) == []


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, False), (0o644, True), (0o604, True)])
def test_what_everybody_may_read_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: int, warned: bool
) -> None:
    file = tmp_path / "a file"
    file.touch()
    file.chmod(mode)
    check_private(file, holds="secrets")
    assert (f"chmod 600 '{file}'" in caplog.text) is warned


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_what_others_may_change_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "file"
    file.touch()
    file.chmod(mode)
    with pytest.raises(AirloomError, match=r"holds secrets, and others .* Run: chmod 600"):
        check_private(file, holds="secrets")


def test_a_pipe_belongs_to_who_reads_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o666)
    (tmp_path / "pipe").chmod(0o666)
    check_private(tmp_path / "pipe", holds="secrets")
