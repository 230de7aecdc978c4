"""Which ids were seen in the last days: one sqlite file a day, shared by all processes of a machine."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from airloom.files import flush

logger = logging.getLogger("airloom.service")

PART_BYTES: Final = 8
"""Of a key's part; two ids with one digest are less likely than a disk that lies."""
MAX_WAIT_S: Final = 5.0
KEYS_AT_ONCE: Final = 5_000
"""Of one transaction, for which others wait some 30 ms."""
_KEYS_OF_QUERY: Final = 500
_PREFIX: Final = "ids-"
_SUFFIX: Final = ".sqlite"

T = TypeVar("T")


def key_part(text: str, *, size: int = PART_BYTES) -> bytes:
    """Return the digest that stands for an id: the files hold none, which could name a user."""
    return hashlib.blake2b(text.encode(), digest_size=size).digest()


class IdIndex:
    """Keys of ids, by the day (UTC) on which they were added; each is kept for `days` at least.

    What was added survives a kill of the process at once, a power cut after `sync`.

    Args:
        folder: Where the files are, on a disk of this machine.
        days: How long a key is kept.
        max_wait_s: Seconds to wait for another process that writes.
        today: Returns the day.

    A damaged file is removed, whenever it shows; what it held is missing until the owner has added it
    again and says so with `declare_complete`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        days: timedelta,
        max_wait_s: float = MAX_WAIT_S,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._folder, self._days, self._max_wait_s, self._today = folder, days, max_wait_s, today
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.Lock()
        self._connections: dict[Path, tuple[int, sqlite3.Connection]] = {}
        self._listed: list[Path] = []
        self._complete = folder / "complete"

    @property
    def incomplete(self) -> bool:
        """Whether keys may be missing, for all processes: nobody added them yet, or a file was damaged."""
        return not self._complete.exists()

    def declare_complete(self) -> None:
        """State, once the disk holds it, that every key of the days is there.

        Raises:
            OSError: The disk cannot be written.
        """
        self.sync()
        self._complete.touch()
        flush(self._folder)

    def known(self, keys: Collection[bytes]) -> set[bytes]:
        """Return which of the keys were added before.

        Raises:
            sqlite3.Error: The files cannot be read.
        """
        wanted, known = list(keys), set[bytes]()
        with self._lock:
            for file in self._files():
                for start in range(0, len(wanted), _KEYS_OF_QUERY):
                    part = wanted[start : start + _KEYS_OF_QUERY]
                    query = f"SELECT key FROM ids WHERE key IN ({', '.join('?' * len(part))})"  # noqa: S608
                    known.update(key for (key,) in self._execute(file, query, part).fetchall())
        return known

    def add(self, keys: Iterable[bytes]) -> None:
        """Add keys; adding one again changes nothing.

        Raises:
            sqlite3.Error: The file of the day cannot be written.
        """
        rows = [(key,) for key in keys]
        for start in range(0, len(rows), KEYS_AT_ONCE):
            with self._lock:
                self._insert(rows[start : start + KEYS_AT_ONCE])

    def claim(self, key: bytes) -> bool:
        """Add a key and return whether it is new; of several processes that claim it, one gets True.

        Raises:
            sqlite3.Error: The files cannot be read or written.
        """
        if self.known([key]):
            return False
        with self._lock:
            return self._insert([(key,)]) > 0

    def erase(self, first_part: bytes) -> None:
        """Remove all keys that begin so.

        Raises:
            sqlite3.Error: A file cannot be written.
        """
        with self._lock:
            for file in self._files():
                query = "DELETE FROM ids WHERE key >= ? AND key < ?"
                self._execute(file, query, (first_part, first_part + b"\xff" * 32))

    def sync(self) -> None:
        """Wait until the disk holds what was added.

        Raises:
            OSError: The disk cannot be written.
        """
        with self._lock:
            files = list(self._files())  # not only that of today: midnight may have come since
        for file in files:
            for name in (file.name, f"{file.name}-wal"):
                with suppress(FileNotFoundError):
                    flush(file.with_name(name))
        flush(self._folder)

    def drop_expired(self) -> None:
        """Remove the files of days that are over."""
        with self._lock:
            kept = self._files()
            for file in self._folder.glob(f"{_PREFIX}*{_SUFFIX}"):
                if file not in kept:
                    self._remove(file)

    def close(self) -> None:
        """Close all files."""
        with self._lock:
            for _, connection in self._connections.values():
                connection.close()
            self._connections.clear()

    def _files(self) -> list[Path]:
        """Return the files of the days that are kept, newest first; that of today even if there is none yet.

        Other days get no new file, so that the folder need be listed only once a day.
        """
        today = self._today()
        if not self._listed or self._listed[0] != self._file(today):
            first, last = self._file(today - self._days), self._file(today)
            older = [file for file in self._folder.glob(f"{_PREFIX}*{_SUFFIX}") if first <= file < last]
            self._listed = [self._file(today), *sorted(older, reverse=True)]
        return self._listed

    def _file(self, day: date) -> Path:
        return self._folder / f"{_PREFIX}{day}{_SUFFIX}"

    def _execute(self, file: Path, query: str, parameters: Sequence[bytes]) -> sqlite3.Cursor:
        return self._use(file, lambda connection: connection.execute(query, parameters))

    def _insert(self, rows: Sequence[tuple[bytes]]) -> int:
        """Add rows to the file of today, all or none, and return how many are new."""
        return self._use(
            self._file(self._today()),
            lambda connection: connection.executemany("INSERT OR IGNORE INTO ids VALUES (?)", rows).rowcount,
        )

    def _use(self, file: Path, use: Callable[[sqlite3.Connection], T]) -> T:
        """Use a file in one transaction; a damaged one, wherever that shows, is begun anew.

        It is not kept: nothing could be read from it, and keys that were erased might be in it.
        """
        try:
            return self._transact(file, use)
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:  # a subclass: a lock, a full disk
                raise
            self._complete.unlink(missing_ok=True)
            logger.exception("%s is damaged and was begun anew", file)
            self._remove(file)
            return self._transact(file, use)

    def _transact(self, file: Path, use: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._connection(file)
        with connection:
            return use(connection)

    def _connection(self, file: Path) -> sqlite3.Connection:
        """Return the connection to a file, which is created if need be.

        Another process may have removed the file that this one has open.
        """
        kept = self._connections.get(file)
        if kept is not None:
            with suppress(FileNotFoundError):
                if file.stat().st_ino == kept[0]:
                    return kept[1]
            self._connections.pop(file)[1].close()
        connection = self._open(file)
        self._connections[file] = file.stat().st_ino, connection
        return connection

    def _remove(self, file: Path) -> None:
        if file in self._connections:
            self._connections.pop(file)[1].close()
        for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
            file.with_name(name).unlink(missing_ok=True)

    def _open(self, file: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(file, timeout=self._max_wait_s, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")  # readers do not wait for a writer
            connection.execute("PRAGMA synchronous = NORMAL")  # `sync` waits for the disk
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("CREATE TABLE IF NOT EXISTS ids (key BLOB PRIMARY KEY) WITHOUT ROWID")
        except BaseException:
            connection.close()
            raise
        return connection
