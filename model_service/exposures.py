"""Exposures on their way to the lake: queued by requests, written by a thread, none lost on a clean stop."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import secrets
import threading
import time
from collections import defaultdict
from datetime import date, datetime
from typing import Any, NamedTuple

import pyarrow as pa

from airloom.logs.contract import EXPOSURES
from airloom.logs.lake import Lake
from model_service.metrics import EXPOSURES_DROPPED, EXPOSURES_QUEUED, EXPOSURES_WRITTEN
from model_service.schema import RankResponse

logger = logging.getLogger("airloom.service")

FLUSH_ROWS = 10_000
FLUSH_SECONDS = 5.0
MOST_ROWS = 1_000_000
"""Rows kept in memory while the lake cannot be written; then the newest are dropped and counted."""
LAST_TRIES = 3


class Shown(NamedTuple):
    """One page, as it was shown.

    Attributes:
        user_id: To whom.
        at: When, in UTC.
        response: What.
    """

    user_id: str
    at: datetime
    response: RankResponse


class ExposureWriter:
    """Collects pages and writes them to `landing/exposures/dt=<day shown>/part-<unique>.parquet`.

    Args:
        lake: Where to.
        flush_rows: Write as soon as so many rows wait.
        flush_seconds: Write at least so often while rows wait.
    """

    def __init__(
        self, lake: Lake, *, flush_rows: int = FLUSH_ROWS, flush_seconds: float = FLUSH_SECONDS
    ) -> None:
        self._lake = lake
        self._flush_rows = flush_rows
        self._flush_seconds = flush_seconds
        self._queue: queue.SimpleQueue[Shown | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._waiting: dict[date, list[dict[str, Any]]] = defaultdict(list)
        self._rows = 0
        self._thread = threading.Thread(target=self._run, name="exposures", daemon=True)
        self._thread.start()

    def __call__(self, shown: Shown) -> None:
        """Take one page; returns at once."""
        self._queue.put(shown)

    def stop(self) -> None:
        """Write all that waits, and end the thread."""
        self._stopping.set()
        self._queue.put(None)  # wakes the thread
        self._thread.join()

    def _run(self) -> None:
        due, enough = time.monotonic() + self._flush_seconds, self._flush_rows
        while not (self._stopping.is_set() and self._queue.empty()):
            with contextlib.suppress(queue.Empty):
                shown = self._queue.get(timeout=max(due - time.monotonic(), 0.0))
                if shown is not None:
                    self._add(shown)
            if self._rows >= enough or time.monotonic() >= due:
                self._flush()
                # counted from what could not be written, so that a full disk is not tried at every page
                due, enough = time.monotonic() + self._flush_seconds, self._rows + self._flush_rows
        for _ in range(LAST_TRIES):
            self._flush()
            if not self._rows:
                return
        EXPOSURES_DROPPED.inc(self._rows)
        logger.error("%d exposures are lost: the lake could not be written", self._rows)

    def _add(self, shown: Shown) -> None:
        response = shown.response
        if self._rows + len(response.items) > MOST_ROWS:
            EXPOSURES_DROPPED.inc(len(response.items))
            return
        self._waiting[shown.at.date()].extend(
            {
                "request_id": response.request_id,
                "ts": shown.at,
                "user_id": shown.user_id,
                "experiment": response.experiment,
                "variant": response.variant,
                "position": item.position,
                "object_id": item.object_id,
                "score": item.score,
                "model_version": response.model_version,
                "snapshot_digest": response.snapshot_digest,
                "degraded": response.degraded,
            }
            for item in response.items
        )
        self._rows += len(response.items)
        EXPOSURES_QUEUED.set(self._rows)

    def _flush(self) -> None:
        """Write one file a day; what cannot be written stays for the next time."""
        for day in sorted(self._waiting):
            rows = self._waiting[day]
            name = f"part-{time.time_ns()}-{os.getpid()}-{secrets.token_hex(4)}"
            try:
                table = pa.Table.from_pylist(rows, schema=EXPOSURES.stored_schema)
                self._lake.write(self._lake.landing(EXPOSURES), day, table, file=name)
            except Exception:  # a thread that dies would lose all later exposures
                logger.exception("%d exposures of %s could not be written yet", len(rows), day)
                continue
            del self._waiting[day]
            self._rows -= len(rows)
            EXPOSURES_WRITTEN.inc(len(rows))
        EXPOSURES_QUEUED.set(self._rows)
