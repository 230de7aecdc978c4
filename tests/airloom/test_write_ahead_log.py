from __future__ import annotations

import errno
import fcntl
import io
import os
import resource
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.write_ahead_log import LogFile, complete_lines


def lines_of(log: LogFile) -> list[bytes]:
    with log.reader() as stream:
        return [line for chunk in complete_lines(stream) for line in chunk.splitlines()]


def test_appended_lines_are_read_back_in_order_while_the_lock_is_held(tmp_path: Path) -> None:
    with LogFile.create(tmp_path, suffix=".jsonl") as log:
        log.append(b"one\n")
        log.append(b"two\nthree\n")
        log.sync()

        assert log.path.suffix == ".jsonl"
        assert lines_of(log) == [b"one", b"two", b"three"]
        log.append(b"four\n")
        assert lines_of(log)[-1] == b"four"
        assert LogFile.lock(log.path) is None
        log.clear()
        log.append(b"five\n")
        assert lines_of(log) == [b"five"]


def test_a_file_whose_owner_is_gone_can_be_locked(tmp_path: Path) -> None:
    log = LogFile.create(tmp_path, suffix=".jsonl")
    log.append(b"kept\n")
    log.close()

    recovered = LogFile.lock(log.path)

    assert recovered is not None
    with recovered:
        assert lines_of(recovered) == [b"kept"]


def test_only_create_makes_a_file_that_is_absent(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LogFile.lock(tmp_path / "a.jsonl")

    created = LogFile.lock(tmp_path / "a.jsonl", create=True)

    assert created is not None
    created.close()


def test_a_file_that_cannot_be_locked_is_closed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", fail)
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir()))
    with pytest.raises(OSError, match="No locks available"):
        LogFile.lock(tmp_path / "a.jsonl", create=True)
    with pytest.raises(OSError, match="No locks available"):
        LogFile.create(tmp_path, suffix=".jsonl")
    assert len(list(descriptors.iterdir())) == before


def test_the_name_of_a_new_file_is_synced_with_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
    )
    path = tmp_path / "a.jsonl"
    for _ in range(2):
        log = LogFile.lock(path, create=True)
        assert log is not None
        with log:
            log.append(b"one\n")
    assert synced == [str(tmp_path)]


def test_new_files_sort_by_time_and_belong_to_this_user_only(tmp_path: Path) -> None:
    logs = [LogFile.create(tmp_path, suffix=".x") for _ in range(3)]
    assert [log.path for log in logs] == sorted(tmp_path.iterdir())
    assert all(log.path.stat().st_mode & 0o077 == 0 for log in logs)
    for log in logs:
        log.close()


def test_a_disk_that_fills_up_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    with LogFile.create(tmp_path, suffix=".x") as log:
        log.append(b"whole\n")
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (log.path.stat().st_size + 3, limits[1]))
        try:
            with pytest.raises(OSError, match="File too large"):
                log.append(b"too long\n")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        log.append(b"next\n")
        assert lines_of(log) == [b"whole", b"next"]


@given(st.lists(st.binary(max_size=9).map(lambda line: line.replace(b"\n", b"-"))), st.integers(1, 20))
def test_whatever_the_chunks_only_complete_lines_are_read(lines: list[bytes], size: int) -> None:
    log = b"".join(line + b"\n" for line in lines)
    for cut_off in (b"", b"cut off"):
        chunks = list(complete_lines(io.BytesIO(log + cut_off), chunk_bytes=size))
        assert b"".join(chunks) == log
        assert all(chunk.endswith(b"\n") for chunk in chunks)
