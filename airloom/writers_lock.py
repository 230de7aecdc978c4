"""A lock around reading and writing a file or folder: two writers would lose what one of them wrote."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from airloom.errors import AirloomError
from airloom.files import to_user_error


@contextmanager
def writers_lock(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of `path`, once no other process or thread holds it.

    The kernel gives it back however a process ends; the lock file beside `path` stays. Readers need no lock
    where writes are atomic.

    Args:
        path: A file or folder; it need not exist yet.
        wait: Whether to wait for another holder; else it is an error, as waiting would take hours.

    Raises:
        AirloomError: The lock file may not be written, or another process holds it and `wait` is off.
    """
    lock = path.with_name(f".{path.name}.lock")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise to_user_error(error, lock) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AirloomError(
                f"Another process writes to {path}", do="Wait until it has ended, or stop it"
            ) from error
        yield
    finally:
        os.close(descriptor)
