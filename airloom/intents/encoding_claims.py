"""Divides texts among the processes that encode the same ones at the same time, such as shards of a day."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

T = TypeVar("T")
LOCKS: Final = 16
"""Lock files; what shares one is not encoded by two processes at once."""


def claimed(folder: Path, chunks: Sequence[T], names: Sequence[int]) -> Iterator[T]:
    """Yield every chunk while no other process holds it; those that another holds come last, when it is done.

    By then the other process may have done them: look again before doing anything. A process that is killed
    holds nothing. On a file system without locks all chunks come at once, and may be done twice.

    Args:
        folder: Where the lock files lie.
        chunks: Pieces of work, in the order in which to try them.
        names: The same number for the same chunk in every process.
    """
    busy: list[tuple[T, int]] = []
    for chunk, name in zip(chunks, names, strict=True):
        with _lock(folder, name, wait=False) as is_held:
            if is_held:
                yield chunk
            else:
                busy.append((chunk, name))
    for chunk, name in busy:
        with _lock(folder, name, wait=True):
            yield chunk


@contextmanager
def _lock(folder: Path, name: int, *, wait: bool) -> Iterator[bool]:
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / f".encode-{name % LOCKS:02}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        yield _is_locked(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int, operation: int) -> bool:
    try:
        fcntl.flock(descriptor, operation)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
