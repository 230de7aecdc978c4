"""The ids that clients give their pages: one id is one page, however often it is asked for."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple

from airloom.errors import AirloomError
from airloom.logs.limits import RESEND_WINDOW
from model_service.api.rank import RankRequest, RankResponse
from model_service.outbox.id_index import IdIndex, key_part

logger = logging.getLogger("airloom.service")

IDS: Final = "request_ids"
"""The folder of the index, beside the folders of the journals."""
MAX_KEPT_PAGES: Final = 1_000
KEPT_S: Final = 600.0
"""Seconds in which a client that got no answer asks again."""
MAX_WAIT_S: Final = 0.05
"""Seconds that a page waits for another process that writes the index."""
KEY_BYTES: Final = 16


class RequestIdUsedError(AirloomError):
    """The id of a request is that of another page."""


class _KeptPage(NamedTuple):
    """A page that was made.

    Attributes:
        request: A digest of what was asked.
        user_id: Who saw it.
        made_at: Monotonic seconds.
        response: The page.
    """

    request: bytes
    user_id: str
    made_at: float
    response: RankResponse


class PageIds:
    """Makes one page for each `request_id` within `RESEND_WINDOW`; one instance is for one thread.

    The same request with the same id gets the same page for some minutes, from this process: it is a client
    that got no answer. Processes that share the folder know each other's ids.

    Args:
        folder: Of the journals.
        window: How long an id is remembered.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        folder: Path,
        *,
        window: timedelta = RESEND_WINDOW,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._index = IdIndex(folder / IDS, days=window, max_wait_s=MAX_WAIT_S)
        self._clock = clock
        self._pages: OrderedDict[str, _KeptPage] = OrderedDict()

    def answer(self, request: RankRequest, make: Callable[[RankRequest], RankResponse]) -> RankResponse:
        """Return the page of a request: `make` makes it, unless it was made before.

        Previews and requests without an id are always made.

        Raises:
            RequestIdUsedError: The id is that of another request, or of a page that is no longer kept.
        """
        request_id = request.request_id
        if request_id is None or request.preview_variant is not None:
            return make(request)
        digest, key = (key_part(text, size=KEY_BYTES) for text in (request.model_dump_json(), request_id))
        kept = self._kept(request_id)
        if kept is not None and kept.request == digest:
            return kept.response
        if kept is not None or not self._claim(key):
            raise RequestIdUsedError(
                "request_id was used for another page",
                do="Leave it out, or give every page its own",
            )
        try:
            response = make(request)
        except BaseException:
            self._index.erase(key)
            raise
        self._pages[request_id] = _KeptPage(digest, request.user_id, self._clock(), response)
        while len(self._pages) > MAX_KEPT_PAGES:
            self._pages.popitem(last=False)
        return response

    def forget(self, user_id: str) -> None:
        """Keep no page of a user any more; their ids name nobody and stay used."""
        for request_id, page in list(self._pages.items()):  # another thread makes pages meanwhile
            if page.user_id == user_id:
                self._pages.pop(request_id, None)

    def drop_expired(self) -> None:
        """Remove the ids of days that are over."""
        self._index.drop_expired()

    def close(self) -> None:
        """Close the index."""
        self._index.close()

    def _kept(self, request_id: str) -> _KeptPage | None:
        kept = self._pages.get(request_id)
        return None if kept is None or self._clock() - kept.made_at > KEPT_S else kept

    def _claim(self, key: bytes) -> bool:
        try:
            return self._index.claim(key)
        except sqlite3.Error as error:  # a page is not refused for that
            logger.error("Ids of pages cannot be looked up: %s", type(error).__name__)  # noqa: TRY400
            return True
