"""Write-ahead log (WAL) files: lines that are durable before they are acted on, recovered after a crash.

The process that appends to a file holds the kernel's lock on it, which is released however the process ends.
A file that can be locked was therefore left behind by a dead process and can be recovered by any other.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Self

from airloom.files import flush

CHUNK_BYTES: Final = 1 << 23
"""Bytes of a log that are read at once."""


class LogFile:
    """An append-only file of lines, locked by this process; one instance is for one thread at a time.

    Attributes:
        path: Where the file is.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def create(cls, folder: Path, *, suffix: str) -> LogFile:
        """Create a locked file with a new name in `folder`, readable only by this user.

        Names sort by the time of creation.
        """
        while True:
            path = folder / f"{time.time_ns()}-{os.getpid()}-{secrets.token_hex(4)}{suffix}"
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            with _closed_on_error(descriptor):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if os.fstat(descriptor).st_nlink:
                    flush(folder)  # or the name could be lost, which syncing the file does not prevent
                    return cls(path, descriptor)
            os.close(descriptor)  # another process locked it first, recovered an empty file and deleted it

    @classmethod
    def lock(cls, path: Path, *, create: bool = False) -> LogFile | None:
        """Return the file at `path`, locked, or None while another process holds its lock.

        Args:
            path: Where the file is.
            create: Whether a file that does not exist is created.

        Raises:
            FileNotFoundError: There is no such file, and it may not be created.
            OSError: The file cannot be locked, or the name of a new one cannot be made durable.
        """
        flags = os.O_RDWR | os.O_APPEND | (os.O_CREAT if create else 0)
        descriptor = os.open(path, flags, 0o644)
        try:
            with _closed_on_error(descriptor):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if create and os.fstat(descriptor).st_size == 0:  # new, perhaps by a process that died here
                    flush(path.parent)
        except BlockingIOError:
            return None
        return cls(path, descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, data: bytes) -> None:
        """Append lines, all or nothing; they survive a kill of the process at once, a power cut after `sync`.

        Raises:
            OSError: The disk is full or broken; the file is as it was before.
        """
        size = os.lseek(self._descriptor, 0, os.SEEK_END)
        left = memoryview(data)
        try:
            while left:  # a disk that is nearly full takes a part before it refuses the rest
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            os.ftruncate(self._descriptor, size)
            raise

    def sync(self) -> None:
        """Wait until the disk holds everything that was appended.

        Raises:
            OSError: The disk could not be written.
        """
        os.fdatasync(self._descriptor)

    def reader(self) -> BinaryIO:
        """Open the file for reading, from its beginning; closing the reader keeps the lock."""
        stream = os.fdopen(os.dup(self._descriptor), "rb")
        stream.seek(0)
        return stream

    def clear(self) -> None:
        """Remove all lines, after they were stored elsewhere."""
        os.ftruncate(self._descriptor, 0)

    def close(self) -> None:
        """Close the file and release its lock."""
        os.close(self._descriptor)


def complete_lines(stream: BinaryIO, *, chunk_bytes: int = CHUNK_BYTES) -> Iterator[bytes]:
    """Yield the lines of a log in chunks of about `chunk_bytes`, each ending with a line break.

    What follows the last line break is left out: a crash cut it off before its writer could confirm it.
    """
    while chunk := stream.read(chunk_bytes):
        chunk += stream.readline()
        if whole := chunk[: chunk.rfind(b"\n") + 1]:
            yield whole


@contextmanager
def _closed_on_error(descriptor: int) -> Iterator[None]:
    try:
        yield
    except BaseException:
        os.close(descriptor)
        raise
