"""A temporary folder of one process, removed at the end, or by the next process if that one was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def process_folder(name: str) -> Iterator[Path]:
    """Yield a new temporary folder; remove it at the end, and before that those that killed processes left.

    Its process holds a lock on it, which the kernel gives back however the process ends.

    Args:
        name: What the folder is for: only folders of the same name are removed, and no others may have it.
    """
    for other in sorted(Path(tempfile.gettempdir()).glob(f"{name}-*")):
        with suppress(OSError):  # of another user, or no folder
            _remove_left(other)
    folder, lock = _new_folder(name)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _new_folder(name: str) -> tuple[Path, int]:
    """Return a new folder and the descriptor that holds its lock."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
        lock = _lock(folder)
        if lock is not None:
            if folder.exists():
                return folder, lock
            os.close(lock)
        # another process took it for one that was left, just before the lock


def _remove_left(folder: Path) -> None:
    lock = _lock(folder)
    if lock is None:
        return
    try:
        if os.fstat(lock).st_uid == os.getuid():
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def _lock(folder: Path) -> int | None:
    """Return a descriptor that holds the lock of a folder; None if another holds it or the folder is gone."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            return None
        raise
    return descriptor
