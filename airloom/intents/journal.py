"""What one worker was told and has not stored as Parquet yet: durable line by line, one writer at a time."""

from __future__ import annotations

import fcntl
import json
import math
import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from airloom.errors import AirloomError
from airloom.files import explained
from airloom.intents.atoms import Shard

_NAME: Final = re.compile(r"shard-(\d+)-of-(\d+)\.jsonl")


class Journal:
    """The journal of one shard; entering takes the shard, leaving stores what was written and gives it back.

    Rows are on the disk when `write` returns. A process that is killed leaves them in the file: the next one
    that enters the folder stores them first. The kernel frees the lock of a process however it ends.

    Args:
        folder: Journals of one version.
        shard: Which atoms this worker asks about.
        store: Stores rows for good; storing the same rows again must change nothing.
    """

    def __init__(
        self, folder: Path, *, shard: Shard, store: Callable[[Sequence[dict[str, Any]]], None]
    ) -> None:
        self._folder = folder
        self._shard = shard
        self._store = store
        self._path = folder / f"shard-{shard.number}-of-{shard.of}.jsonl"
        self._file = -1

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            self._take()
            for path in sorted(self._folder.glob("shard-*.jsonl")):
                if path != self._path:
                    self._recover(path)
            self.flush()
        except BaseException:
            os.close(self._file)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.flush()
        finally:
            os.close(self._file)

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        """Add rows (JSON-able); when this returns, no kill can lose them."""
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        data = memoryview(text.encode())
        try:
            while data:
                data = data[os.write(self._file, data) :]
            os.fsync(self._file)
        except OSError as error:
            raise explained(error, self._path) from error

    def flush(self) -> None:
        """Store what the journal holds, then empty it; killed in between, the next one stores it again."""
        _fold(self._file, self._store)

    def _take(self) -> None:
        if not _lock(self._file):
            raise self._taken(self._shard)

    def _recover(self, path: Path) -> None:
        """Store what a killed worker left behind, or see that a living one asks about other atoms."""
        file = os.open(path, os.O_RDWR)
        try:
            if _lock(file):
                _fold(file, self._store)
            elif (other := _shard_in(path)) and overlap(self._shard, other):
                raise self._taken(other)
        finally:
            os.close(file)

    def _taken(self, other: Shard) -> AirloomError:
        return AirloomError(
            f"Another process is asking for shard {other.number} of {other.of} in {self._folder}",
            do="Wait until it has ended, or give every process its own number of one and the same --shards",
        )


def _lock(file: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _fold(file: int, store: Callable[[Sequence[dict[str, Any]]], None]) -> None:
    with os.fdopen(os.dup(file), "rb") as stream:
        stream.seek(0)
        lines = stream.read().split(b"\n")
    rows = [json.loads(line) for line in lines[:-1]]  # the last is empty, or the line that a kill cut short
    if rows:
        store(rows)
    os.ftruncate(file, 0)


def _shard_in(path: Path) -> Shard | None:
    found = _NAME.fullmatch(path.name)
    return Shard(int(found[1]), int(found[2])) if found else None


def overlap(one: Shard, other: Shard) -> bool:
    """Whether some number is in both shards (Chinese remainder theorem)."""
    return (one.number - other.number) % math.gcd(one.of, other.of) == 0
