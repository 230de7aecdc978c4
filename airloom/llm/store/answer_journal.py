"""The write-ahead journal of one shard: outcomes that are durable, but not in the answer store yet."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from airloom.errors import AirloomError
from airloom.files import flush, to_user_error
from airloom.llm.keys import Shard
from airloom.progress import say
from airloom.write_ahead_log import LogFile, complete_lines

SET_ASIDE: Final = "set-aside.jsonl"
"""Lines that cannot be stored, for a person to look at; nothing reads them."""
_UNSTORABLE: Final = (ValueError, TypeError, OverflowError, KeyError, AttributeError)
"""What a line that is no row makes of itself on its way to a table; pyarrow's errors are among them."""
_NAME: Final = re.compile(r"shard-(\d+)-of-(\d+)\.jsonl")


class AnswerJournal:
    """One writer a shard: entering locks the shard, leaving stores what was written and unlocks it.

    Rows are on the disk when `write` returns. A process that is killed leaves them in the file: the next one
    that enters the folder stores them first. The kernel frees the lock of a process however it ends. A line
    that cannot be stored is put aside, so that it stops no later run.

    Args:
        folder: Journals of one version.
        shard: Which questions this process asks.
        store: Stores rows permanently; storing the same rows again must change nothing.
    """

    def __init__(
        self, folder: Path, *, shard: Shard, store: Callable[[Sequence[dict[str, Any]]], None]
    ) -> None:
        self._folder = folder
        self._shard = shard
        self._store = store
        self._path = folder / f"shard-{shard.number}-of-{shard.of}.jsonl"
        self._log: LogFile

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        own = LogFile.lock(self._path, create=True)
        if own is None:
            raise self._locked(self._shard)
        self._log = own
        try:
            for path in sorted(self._folder.glob("shard-*.jsonl")):
                if path != self._path:
                    self._recover(path)
            self.flush()
        except BaseException:
            own.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.flush()
        finally:
            self._log.close()

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        """Append rows (JSON-able); when this returns, no kill can lose them."""
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        try:
            self._log.append(text.encode())
            self._log.sync()
        except OSError as error:
            raise to_user_error(error, self._path) from error

    def flush(self) -> None:
        """Store what the journal holds and clear it; killed in between, the next process stores it again."""
        _flush(self._log, self._store)

    def _recover(self, path: Path) -> None:
        """Store what a killed process left, or check that a living one asks other questions."""
        if log := LogFile.lock(path):
            with log:
                _flush(log, self._store)
        elif (other := _shard_in(path)) and self._shard.overlaps(other):
            raise self._locked(other)

    def _locked(self, other: Shard) -> AirloomError:
        return AirloomError(
            f"Another process is asking for shard {other.number} of {other.of} in {self._folder}",
            do="Wait until it has ended, or give every process its own number of one and the same --shards",
        )


def _flush(log: LogFile, store: Callable[[Sequence[dict[str, Any]]], None]) -> None:
    with log.reader() as stream:
        lines = [line for chunk in complete_lines(stream) for line in chunk.split(b"\n")[:-1]]
    refused = _store_lines(lines, store) if lines else []
    if refused:
        aside = log.path.with_name(SET_ASIDE)
        with aside.open("ab") as stream:
            stream.writelines(line + b"\n" for line in refused)
        flush(aside)
        say(f"{len(refused)} answers cannot be stored and were put aside in {aside}; they are asked again")
    log.clear()


def _store_lines(
    lines: Sequence[bytes], store: Callable[[Sequence[dict[str, Any]]], None]
) -> Sequence[bytes]:
    """Store what can be stored, in as few pieces as possible, and return the other lines."""
    try:
        store([json.loads(line) for line in lines])
    except _UNSTORABLE:
        if len(lines) == 1:
            return lines
        half = len(lines) // 2
        return [*_store_lines(lines[:half], store), *_store_lines(lines[half:], store)]
    return []


def _shard_in(path: Path) -> Shard | None:
    match = _NAME.fullmatch(path.name)
    return Shard(int(match[1]), int(match[2])) if match else None
