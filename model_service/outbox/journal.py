"""Lines on their way to the lake: on the disk when `append` returns, in the landing zone a little later."""

from __future__ import annotations

import json
import logging
import threading
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc

from airloom.files import atomic_file
from airloom.logs.lake import Lake
from airloom.write_ahead_log import LogFile
from model_service.outbox.lines import MOMENT, Lines

logger = logging.getLogger("airloom.service")

FLUSH_SECONDS: Final = 60.0
LAST_TRIES: Final = 3


class Journal:
    """Keeps lines until they are in the lake, as rows of one table.

    Lines go to a *segment*, a file that this process alone writes and holds the lock of. A thread turns
    segments into `landing/<table>/dt=<day>/live-<segment>.parquet` and removes them. What a process leaves
    that dies is turned by the next one that starts: the Parquet file has the segment's name, so that doing it
    twice changes nothing.

    Args:
        lake: Where they go in the end.
        lines: What they are.
        folder: Where segments are kept, on a disk of this machine that outlives the process.
        flush_seconds: How long lines stay there at most while the lake can be written.
        sync: Whether lines survive a crash of the machine, for which `append` waits for the disk, or of the
            process alone.
    """

    def __init__(
        self,
        lake: Lake,
        lines: Lines,
        folder: Path,
        *,
        flush_seconds: float = FLUSH_SECONDS,
        sync: bool = True,
    ) -> None:
        self._lake, self._lines, self._folder, self._sync = lake, lines, folder, sync
        self._flush_seconds = flush_seconds
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._writing, self._syncing, self._landing = (threading.Lock() for _ in range(3))
        self._segment: LogFile | None = None
        self._written = self._synced = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{lines.table.name} journal", daemon=True)
        self._thread.start()

    def append(self, lines: Sequence[dict[str, Any]]) -> None:
        """Keep lines; when this returns they survive a crash.

        Callers that come together share one wait for the disk.

        Raises:
            OSError: The disk is full or broken; the lines may be lost and should be given again.
        """
        data = b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)
        with self._writing:
            segment = self._segment = self._segment or LogFile.create(self._folder, suffix=self._lines.suffix)
            segment.append(data)
            self._written += 1
            mine = self._written
        with self._syncing:
            if self._sync and self._synced < mine:
                reached = self._written
                segment.sync()
                self._synced = reached

    def stop(self) -> None:
        """Bring everything to the lake and end the thread; what the lake does not take stays for the next."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        self.land()  # what others left
        while not self._stopping.wait(self._flush_seconds):
            self.land()
        for _ in range(LAST_TRIES):
            if self.land():
                return
        logger.error(
            "Rows of %s stay in %s: the lake could not be written", self._lines.table.name, self._folder
        )

    def land(self) -> bool:
        """Bring every segment that nobody else writes to the lake now; whether all of them are there."""
        with self._landing:
            done = self._land_each()
            pa.default_memory_pool().release_unused()  # a minute's rows would be kept for the next minute's
            return done

    def _land_each(self) -> bool:
        done = True
        try:
            self._close_segment()
        except OSError:
            logger.exception("A segment of %s could not be closed yet", self._lines.table.name)
            done = False
        for file in sorted(self._folder.glob(f"*{self._lines.suffix}")):
            try:
                if segment := LogFile.lock(file):
                    with segment, segment.reader() as stream:
                        self._land(file, stream)
                        file.unlink()
            except FileNotFoundError:
                continue  # another process was faster
            except Exception:  # a thread that dies would keep all later rows from the lake
                logger.exception("%s could not be brought to the lake yet", file.name)
                done = False
        return done

    def _land(self, file: Path, stream: BinaryIO) -> None:
        by_day: dict[date, list[pa.Table]] = defaultdict(list)
        damaged: list[bytes] = []
        for rows, others in self._lines.read(stream):
            damaged += others
            days = rows[MOMENT].cast(pa.date32())
            for day in pc.unique(days).to_pylist():
                by_day[day].append(rows.filter(pc.equal(days, day)))
        for day, tables in sorted(by_day.items()):
            table = self._lake.landing(self._lines.table)
            self._lake.write(table, day, pa.concat_tables(tables), file=f"live-{file.stem}")
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
