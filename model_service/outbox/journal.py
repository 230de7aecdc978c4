"""The outbox's write-ahead log (WAL): records survive a crash once `append` returns, and land later."""

from __future__ import annotations

import json
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc

from airloom.files import atomic_file
from airloom.logs.lake import Lake
from airloom.write_ahead_log import LogFile
from model_service.outbox.record_format import TIME_COLUMN, RecordFormat

logger = logging.getLogger("airloom.service")

LIVE_PREFIX: Final = "live-"
"""Of the names of landed files."""
FLUSH_SECONDS: Final = 60.0
MAX_ATTEMPTS_AT_STOP: Final = 3


class Journal:
    """Keeps records until they are in the lake, as rows of one table.

    Records go to a *segment*, a file that only this process writes and holds the lock of. A thread lands
    segments as `landing/<table>/dt=<day>/live-<segment>.parquet` and removes them. The next process lands
    what a killed one left: the Parquet file has the segment's name, so landing twice changes nothing.

    Args:
        lake: Where they land.
        record_format: What a record holds.
        folder: Where segments are kept, on a disk of this machine that outlives the process.
        flush_seconds: The maximal time in a segment while the lake can be written.
        sync: Whether records survive a crash of the machine, for which `append` waits for the disk, or only
            one of the process.
        adopt: Gets the rows of a segment that a process which died wrote.
        before_removal: Called when a segment is in the lake.
    """

    def __init__(
        self,
        lake: Lake,
        record_format: RecordFormat,
        folder: Path,
        *,
        flush_seconds: float = FLUSH_SECONDS,
        sync: bool = True,
        adopt: Callable[[pa.Table], None] = lambda _: None,
        before_removal: Callable[[], None] = lambda: None,
    ) -> None:
        self._lake, self._format, self._folder, self._sync = lake, record_format, folder, sync
        self._flush_seconds, self._adopt, self._before_removal = flush_seconds, adopt, before_removal
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._writing, self._syncing, self._landing_lock = (threading.Lock() for _ in range(3))
        self._segment: LogFile | None = None
        self._own: set[Path] = set()
        self._written = self._synced = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"{record_format.table.name} journal", daemon=True
        )
        self._thread.start()

    def append(self, records: Sequence[dict[str, Any]]) -> None:
        """Write records; when this returns they survive a crash of the process or, with `sync`, the machine.

        Callers that come together share one wait for the disk.

        Raises:
            OSError: The disk is full or broken; the records may be lost and should be appended again.
        """
        data = b"".join(json.dumps(record, separators=(",", ":")).encode() + b"\n" for record in records)
        with self._writing:
            if self._segment is None:
                self._segment = LogFile.create(self._folder, suffix=self._format.suffix)
                self._own.add(self._segment.path)
            segment = self._segment
            segment.append(data)
            self._written += 1
            sequence = self._written
        with self._syncing:
            if self._sync and self._synced < sequence:
                reached = self._written
                segment.sync()
                self._synced = reached

    def stop(self) -> None:
        """Land everything and end the thread; what the lake does not take stays for the next process."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        self.land()  # what others left
        while not self._stopping.wait(self._flush_seconds):
            self.land()
        for _ in range(MAX_ATTEMPTS_AT_STOP):
            if self.land():
                return
        logger.error(
            "Rows of %s stay in %s: the lake could not be written", self._format.table.name, self._folder
        )

    def land(self) -> bool:
        """Land every segment that no other process writes, and return whether all of them are in the lake."""
        with self._landing_lock:
            done = self._land_segments()
            pa.default_memory_pool().release_unused()  # a minute's rows would be kept for the next minute's
            return done

    def _land_segments(self) -> bool:
        done = True
        try:
            self._close_segment()
        except OSError:
            logger.exception("A segment of %s could not be closed yet", self._format.table.name)
            done = False
        for file in sorted(self._folder.glob(f"*{self._format.suffix}")):
            try:
                if segment := LogFile.lock(file):
                    with segment, segment.reader() as stream:
                        self._land_file(file, stream)
                        self._before_removal()
                        file.unlink()
                        self._own.discard(file)
            except FileNotFoundError:
                continue  # another process was faster
            except Exception:  # a thread that dies would keep all later rows from the lake
                logger.exception("%s could not be brought to the lake yet", file.name)
                done = False
        return done

    def _land_file(self, file: Path, stream: BinaryIO) -> None:
        by_day: dict[date, list[pa.Table]] = defaultdict(list)
        damaged: list[bytes] = []
        for rows, damaged_lines in self._format.read(stream):
            damaged += damaged_lines
            if file not in self._own:
                self._adopt(rows)
            days = rows[TIME_COLUMN].cast(pa.date32())
            for day in pc.unique(days).to_pylist():
                by_day[day].append(rows.filter(pc.equal(days, day)))
        for day, tables in sorted(by_day.items()):
            table = self._lake.landing(self._format.table)
            self._lake.write(table, day, pa.concat_tables(tables), file=f"{LIVE_PREFIX}{file.stem}")
        if damaged:
            aside = file.with_suffix(".damaged")
            with atomic_file(aside) as temporary:
                temporary.write_bytes(b"".join(damaged))
            logger.error("%d lines are damaged and were put aside in %s", len(damaged), aside)

    def _close_segment(self) -> None:
        with self._writing, self._syncing:
            if self._segment is not None:
                self._segment.sync()
                self._synced = self._written
                segment, self._segment = self._segment, None
                segment.close()  # and with it the lock
