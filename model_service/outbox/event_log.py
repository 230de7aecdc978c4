"""The event log: every event is journaled once, however often and to whichever process it is sent."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import pyarrow as pa

from airloom.errors import AirloomError
from airloom.files import flush
from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake
from airloom.logs.limits import RESEND_WINDOW
from model_service.api.events import Event
from model_service.outbox.event_records import EVENT_ID, EVENT_RECORDS, to_record
from model_service.outbox.id_index import IdIndex, key_part
from model_service.outbox.journal import LIVE_PREFIX, Journal

logger = logging.getLogger("airloom.service")

MARK: Final = b"?"
IDS: Final = "event_ids"
"""The folder of the index, beside the folders of the journals."""
REFILL_AGAIN_S: Final = 60.0
"""Seconds until an index that could not be filled is tried again."""
_ID_COLUMNS: Final = ("user_id", EVENT_ID)


class _Batch:
    """The events of one call, on their way to the disk together with those of others.

    Attributes:
        events: What was sent.
        new: What of it was not there before.
        error: Why nothing of it could be written.
        done: Whether `new` or `error` is set.
    """

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events
        self.new: list[Event] = []
        self.error: BaseException | None = None
        self.done = False


class EventLog:
    """Appends events to the journal, each id of a user once within `RESEND_WINDOW`.

    The journal is what counts; the index of ids follows from it and from what it landed. Between the append
    and the entry in the index the file `lock` holds a mark, and who finds the mark of a turn that was
    cut off, or failed, reads the journal again and decides then. All processes that share the folder take
    turns by the kernel's lock on that file; calls that come together share one turn and one wait.

    Args:
        lake: Where events land.
        folder: Of the journals, on a disk of this machine that outlives the process.
    """

    def __init__(self, lake: Lake, folder: Path) -> None:
        self._lake, self._journal_folder = lake, folder / EVENTS.name
        self._index = IdIndex(folder / IDS, days=RESEND_WINDOW)
        self._lock_file = (folder / IDS / "lock").open("ab", buffering=0)
        self._turn, self._waiting_lock = threading.Lock(), threading.Lock()
        self._waiting: list[_Batch] = []
        self._refill_at = 0.0
        with self._exclusive():
            self._refill()
        self._journal = Journal(
            lake,
            EVENT_RECORDS,
            self._journal_folder,
            adopt=self._adopt,
            before_removal=self._settle,
        )

    def append(self, events: Sequence[Event]) -> list[Event]:
        """Append the events that are new, and return them; when this returns they survive a crash.

        Raises:
            OSError: The disk is full or broken; the events may be lost and should be sent again.
        """
        batch = _Batch(events)
        with self._waiting_lock:
            self._waiting.append(batch)
        with self._turn:
            if not batch.done:
                with self._waiting_lock:
                    batches, self._waiting = self._waiting, []
                self._append_all(batches)
        if batch.error is not None:
            raise batch.error
        return batch.new

    def land(self) -> bool:
        """Land what waits, and return whether all of it is in the lake."""
        return self._journal.land()

    def forget(self, user_id: str) -> None:
        """Remove the ids of a user's events.

        Raises:
            sqlite3.Error: They cannot be removed.
        """
        self._index.erase(key_part(user_id))

    def stop(self) -> None:
        """Land everything; what the lake does not take stays for the next process."""
        self._journal.stop()
        self._index.close()
        self._lock_file.close()

    def _append_all(self, batches: Sequence[_Batch]) -> None:
        try:
            with self._exclusive():
                keys = {_key(event.user_id, event.event_id) for batch in batches for event in batch.events}
                known = self._known(keys)
                for batch in batches:
                    for event in batch.events:
                        key = _key(event.user_id, event.event_id)
                        if key not in known:
                            known.add(key)
                            batch.new.append(event)
                new = [event for batch in batches for event in batch.new]
                if new:
                    self._write(new)
        except BaseException as error:  # noqa: BLE001 - `append` raises it, in every call of the turn
            for batch in batches:
                batch.new, batch.error = [], error
        finally:
            for batch in batches:
                batch.done = True

    def _write(self, events: Sequence[Event]) -> None:
        """Append events and note their ids; where either fails, the mark stays for the next turn."""
        marks = self._marks()
        self._lock_file.write(MARK)
        self._journal.append([to_record(event) for event in events])
        if self._note(_key(event.user_id, event.event_id) for event in events):
            self._lock_file.truncate(marks)

    def _marks(self) -> int:
        """Return how many turns ended before the index had their ids."""
        return os.fstat(self._lock_file.fileno()).st_size

    def _note(self, keys: Iterable[bytes]) -> bool:
        """Bring keys to the index, and return whether it has them: the events count in any case."""
        try:
            self._index.add(keys)
        except sqlite3.Error as error:
            logger.error("Ids of events could not be noted: %s", type(error).__name__)  # noqa: TRY400
            return False
        return True

    def _settle(self) -> None:
        """Let the disk hold the ids of a segment that is in the lake, before it is removed.

        Raises:
            OSError: The index cannot be written; the segment must stay, its ids are nowhere else.
        """
        with self._turn, self._exclusive():  # which reads the journal if there is a mark
            if self._marks():
                raise OSError("ids of its events could not be noted")
        self._index.sync()
        self._index.drop_expired()

    def _known(self, keys: set[bytes]) -> set[bytes]:
        """Return the keys that the index has; none where it cannot be read: no event may be lost for that."""
        try:
            known = self._index.known(keys)
            if self._index.incomplete and time.monotonic() >= self._refill_at:
                self._refill()
                known = self._index.known(keys)
        except sqlite3.Error as error:
            logger.error("Ids of events could not be looked up: %s", type(error).__name__)  # noqa: TRY400
            return set()
        return known

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Take this process's turn; first read again what a turn that failed, or was cut off, left."""
        fcntl.flock(self._lock_file, fcntl.LOCK_EX)
        try:
            if self._marks() and self._read_journal():
                self._lock_file.truncate(0)
            yield
        finally:
            fcntl.flock(self._lock_file, fcntl.LOCK_UN)

    def _read_journal(self) -> bool:
        """Bring to the index what is in the journal of any process, and return whether the index has it."""
        for file in sorted(self._journal_folder.glob(f"*{EVENT_RECORDS.suffix}")):
            try:
                flush(file)  # a known event is confirmed, so the disk must hold it
                with file.open("rb") as stream:
                    for rows, _ in EVENT_RECORDS.read(stream):
                        if not self._note(_keys(rows)):
                            return False
            except FileNotFoundError:
                continue  # another process landed it, and brought it to the index before
            except OSError as error:  # it cannot be landed either, which the journal reports until it can
                logger.error("Ids in %s could not be read: %s", file.name, type(error).__name__)  # noqa: TRY400
        return True

    def _refill(self) -> None:
        """Bring to the index what it may lack: what waits in journals; all of the window if it was lost."""
        if not self._read_journal():
            self._lock_file.write(MARK)
        elif self._index.incomplete:
            self._refill_at = time.monotonic() + REFILL_AGAIN_S  # unless this makes it complete
            try:
                if self._read_landed():
                    self._index.declare_complete()
            except (AirloomError, OSError, pa.ArrowException) as error:
                logger.error("Ids of landed events could not be read: %s", type(error).__name__)  # noqa: TRY400

    def _read_landed(self) -> bool:
        """Bring to the index what services landed in the window, and return whether the index has it."""
        table = self._lake.landing(EVENTS)
        since: date = (datetime.now(UTC) - RESEND_WINDOW).date()
        for day in self._lake.days(table):
            for file in self._lake.files(table, day) if day >= since else []:
                if file.rpartition("/")[2].startswith(LIVE_PREFIX):
                    for rows in self._lake.row_groups(file, columns=_ID_COLUMNS):
                        if not self._note(_keys(rows)):
                            return False
        return True

    def _adopt(self, rows: pa.Table) -> None:
        if not self._note(_keys(rows)):
            self._lock_file.write(MARK)


def _keys(rows: pa.Table) -> Iterator[bytes]:
    """Yield the keys of rows; rows without an id are left out."""
    if EVENT_ID in rows.column_names:
        pairs = zip(rows["user_id"].to_pylist(), rows[EVENT_ID].to_pylist(), strict=True)
        yield from (_key(user_id, event_id) for user_id, event_id in pairs if user_id and event_id)


def _key(user_id: str, event_id: str) -> bytes:
    return key_part(user_id) + key_part(event_id)
