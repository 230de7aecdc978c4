"""A lock around reading and writing a file or folder: two writers would lose what one of them wrote."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from airloom.files import to_user_error


@contextmanager
def writers_lock(path: Path) -> Iterator[None]:
    """Wait until no other process or thread holds the lock of `path`, and hold it.

    The kernel gives it back however a process ends; the lock file beside `path` stays. Readers need no lock
    where writes are atomic.

    Raises:
        AirloomError: The lock file may not be written.
    """
    lock = path.with_name(f".{path.name}.lock")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise to_user_error(error, lock) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
