"""The exposure log: pages are collected off the hot path and journaled until they are in the lake."""

from __future__ import annotations

import logging
import threading
from collections import deque
from datetime import datetime
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airloom.logs.contract import EXPOSURES
from airloom.timestamps import micros_of
from model_service.api.ask import AskResponse
from model_service.api.rank import RankResponse
from model_service.metrics import EXPOSURES_DROPPED, EXPOSURES_QUEUED, EXPOSURES_WRITTEN
from model_service.outbox.journal import Journal
from model_service.outbox.record_format import RecordFormat

logger = logging.getLogger("airloom.service")

COLLECT_SECONDS: Final = 0.1
"""A process that is killed loses the pages of this time."""
RETRY_SECONDS: Final = 1.0
MAX_PAGES: Final = 100_000
"""Kept in memory while the journal's disk is full; then the oldest are dropped and counted."""


class PageImpression(NamedTuple):
    """One page that was shown.

    Attributes:
        user_id: Who saw it.
        at: When, in UTC.
        response: The page, or the answer to a request in words.
        surface: Where it was shown; None for a page.
    """

    user_id: str
    at: datetime
    response: RankResponse | AskResponse
    surface: str | None = None

    def record(self) -> dict[str, Any]:
        """Return the page as a line of `PAGE_RECORDS`."""
        response = self.response
        return {
            "request_id": response.request_id,
            "ts": micros_of(self.at),
            "user_id": self.user_id,
            "experiment": response.experiment,
            "variant": response.variant,
            "model_version": response.model_version,
            "snapshot_digest": response.snapshot_digest,
            "degraded": response.degraded,
            "object_ids": [item.object_id for item in response.items],
            "scores": [item.score for item in response.items],
            "surface": self.surface,
        }


def _to_exposures(pages: pa.Table) -> pa.Table:
    """Return a row for each product of each page.

    Raises:
        ValueError: A page has not as many scores as products.
    """
    lengths = pc.list_value_length(pages["object_ids"]).to_numpy()
    if not np.array_equal(lengths, pc.list_value_length(pages["scores"])):
        raise ValueError("a page has not as many scores as products")
    page_of = np.repeat(np.arange(pages.num_rows), lengths)
    first = np.cumsum(lengths) - lengths
    return (
        pages.drop_columns(["object_ids", "scores"])
        .take(pa.array(page_of))
        .append_column("position", pa.array(np.arange(len(page_of)) - first[page_of] + 1, pa.int64()))
        .append_column("object_id", pc.list_flatten(pages["object_ids"]))
        .append_column("score", pc.list_flatten(pages["scores"]))
    )


_PRODUCT_COLUMNS: Final = ("position", "object_id", "score")
PAGE_RECORDS: Final = RecordFormat(
    EXPOSURES,
    pa.schema(
        [
            *(
                field
                for field in RecordFormat.row_per_line(EXPOSURES).schema
                if field.name not in _PRODUCT_COLUMNS
            ),
            pa.field("object_ids", pa.list_(pa.string()), nullable=False),
            pa.field("scores", pa.list_(pa.float64()), nullable=False),
        ]
    ),
    _to_exposures,
    suffix=".pages",
)
"""A line is a page: ten times fewer lines than rows of the table."""


class ExposureLog:
    """Logs pages without making a request wait, not even for another thread to wake.

    Args:
        journal: Keeps the pages until they are in the lake; stopped with the log.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._pages: deque[PageImpression] = deque()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="exposures", daemon=True)
        self._thread.start()

    def log_exposure(self, impression: PageImpression) -> None:
        """Log one page; returns at once."""
        self._pages.append(impression)

    def land(self) -> bool:
        """Land what waits, except pages of the last `COLLECT_SECONDS`; return whether all of it landed."""
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
        """Append the pages that wait to the journal; what it cannot keep waits for the next time."""
        pages = [self._pages.popleft() for _ in range(len(self._pages))]
        if pages:
            rows = sum(len(page.response.items) for page in pages)
            try:
                self._journal.append([page.record() for page in pages])
            except OSError:
                logger.exception("%d exposures could not be written yet", rows)
                self._pages.extendleft(reversed(pages))
                if len(self._pages) > MAX_PAGES:
                    self._drop(len(self._pages) - MAX_PAGES)
                self._stopping.wait(RETRY_SECONDS)
            else:
                EXPOSURES_WRITTEN.inc(rows)
        EXPOSURES_QUEUED.set(len(self._pages))

    def _drop(self, count: int) -> None:
        dropped = sum(len(self._pages.popleft().response.items) for _ in range(count))
        EXPOSURES_DROPPED.inc(dropped)
        logger.error("%d exposures are lost: there was no room for them", dropped)
