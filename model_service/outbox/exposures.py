"""Exposures on their way to the lake: collected off the hot path, then kept by a journal until then."""

from __future__ import annotations

import logging
import threading
from collections import deque
from datetime import datetime
from typing import Any, Final, NamedTuple

from airloom.logs.moments import microseconds
from model_service.metrics import EXPOSURES_DROPPED, EXPOSURES_QUEUED, EXPOSURES_WRITTEN
from model_service.outbox.journal import Journal
from model_service.pages.schema import RankResponse

logger = logging.getLogger("airloom.service")

COLLECT_SECONDS: Final = 0.1
"""A process that is killed loses the pages of this time."""
RETRY_SECONDS: Final = 1.0
MOST_PAGES: Final = 100_000
"""Kept in memory while the journal's disk is full; then the oldest are dropped and counted."""


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

    def rows(self) -> list[dict[str, Any]]:
        """Rows of the table of exposures, `ts` in microseconds since 1970 UTC."""
        response = self.response
        page = {
            "request_id": response.request_id,
            "ts": microseconds(self.at),
            "user_id": self.user_id,
            "experiment": response.experiment,
            "variant": response.variant,
            "model_version": response.model_version,
            "snapshot_digest": response.snapshot_digest,
            "degraded": response.degraded,
        }
        return [
            page | {"position": item.position, "object_id": item.object_id, "score": item.score}
            for item in response.items
        ]


class ExposureWriter:
    """Takes pages without making a request wait, not even for another thread to wake.

    Args:
        journal: Keeps the rows until they are in the lake; stopped with the writer.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._pages: deque[Shown] = deque()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="exposures", daemon=True)
        self._thread.start()

    def __call__(self, shown: Shown) -> None:
        """Take one page; returns at once."""
        self._pages.append(shown)

    def land(self) -> bool:
        """Bring what waits to the lake now, but pages of the last moment; whether all of it is there."""
        return self._journal.land()

    def stop(self) -> None:
        """Write all that waits, and end the thread."""
        self._stopping.set()
        self._thread.join()
        self._journal.stop()

    def _run(self) -> None:
        while not self._stopping.wait(COLLECT_SECONDS):
            self._collect()
        self._collect()
        if self._pages:
            self._drop(len(self._pages))

    def _collect(self) -> None:
        """Hand what waits to the journal; what it cannot keep waits for the next time."""
        pages = [self._pages.popleft() for _ in range(len(self._pages))]
        if pages:
            rows = [row for page in pages for row in page.rows()]
            try:
                self._journal.append(rows)
            except OSError:
                logger.exception("%d exposures could not be written yet", len(rows))
                self._pages.extendleft(reversed(pages))
                if len(self._pages) > MOST_PAGES:
                    self._drop(len(self._pages) - MOST_PAGES)
                self._stopping.wait(RETRY_SECONDS)
            else:
                EXPOSURES_WRITTEN.inc(len(rows))
        EXPOSURES_QUEUED.set(len(self._pages))

    def _drop(self, count: int) -> None:
        dropped = sum(len(self._pages.popleft().response.items) for _ in range(count))
        EXPOSURES_DROPPED.inc(dropped)
        logger.error("%d exposures are lost: there was no room for them", dropped)
