"""Loads the desired release and exchanges it while the service runs, if it passes the smoke test."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Final, NamedTuple

from airloom.errors import AirloomError, one_line
from model_service.engine.engine import Engine
from model_service.metrics import SWAPS
from model_service.release.desired import DesiredRelease
from model_service.release.smoke_test import smoke_test

logger = logging.getLogger("airloom.service")
WAITING_LOGGER: Final = "airloom.service.waiting"
"""Says why nothing serves yet. A logger of its own: the command line prints its sentences as they are."""

POLL_SECONDS: Final = 5.0
"""Between two reads of the pointers; a rollback takes effect after this and the time to load."""
POLLS_BEFORE_RETRY: Final = 12
"""A rejected release is tried again after this number of polls: a registry or a disk may have been away."""
STOP_SECONDS: Final = 5.0
"""The maximal time that a registry that does not answer, or a load that has begun, may delay the end."""


class NotReadyError(Exception):
    """Nothing serves yet; the message says what is missing and what to do."""


class StatusNote(NamedTuple):
    """Why something does not serve, and since when."""

    why: str
    at: datetime


class _Rejection(NamedTuple):
    """A release that failed to load or failed its smoke test.

    Attributes:
        release: The release.
        note: Why, and since when.
        polls_until_retry: The number of polls before it is tried again.
    """

    release: DesiredRelease
    note: StatusNote
    polls_until_retry: int = POLLS_BEFORE_RETRY


class Serving(NamedTuple):
    """What serves.

    Attributes:
        engine: Makes the pages.
        release: What it was loaded for.
        since: When it took over.
        overlap_at_10: Of its smoke-test pages with those of the engine before it, by variant.
    """

    engine: Engine
    release: DesiredRelease | None
    since: datetime
    overlap_at_10: dict[str, float]


class ReleaseReloader:
    """Holds the engine that serves. A request takes it once, and only that one answers it.

    Until the first poll that gets a release that works, nothing serves; then something always does.

    Args:
        read_desired: Returns what should serve now.
        load: Makes an engine for it.
        warm_up: Called once, when the first engine has passed its smoke test and before it serves.
        poll_seconds: Between two polls.

    Attributes:
        serving: What serves; None until the first engine is ready, never again after.
        ready: Done when something serves, for whoever waits for that.
        waiting: Why nothing serves yet; without meaning once something does.
        rejected: Why the desired release is not served; None if it is.
    """

    def __init__(
        self,
        read_desired: Callable[[], DesiredRelease],
        load: Callable[[DesiredRelease], Engine],
        *,
        warm_up: Callable[[], None] = lambda: None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._read_desired, self._load, self._warm_up = read_desired, load, warm_up
        self._poll_seconds = poll_seconds
        self.serving: Serving | None = None
        self.ready: Future[None] = Future()
        self.waiting = StatusNote(
            "The service has just started. Ask again in a few seconds.", datetime.now(UTC)
        )
        self.rejected: StatusNote | None = None
        self._rejection: _Rejection | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="release-reloader", daemon=True)

    @property
    def engine(self) -> Engine:
        """The one that serves now.

        Raises:
            NotReadyError: None does yet.
        """
        serving = self.serving
        if serving is None:
            raise NotReadyError(self.waiting.why)
        return serving.engine

    def start(self) -> None:
        """Poll now, and from now on in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Poll no more; calling it again changes nothing and does not wait."""
        if not self._stopping.is_set():
            self._stopping.set()
            if self._thread.is_alive():
                self._thread.join(STOP_SECONDS)

    def poll(self) -> None:
        """Poll once, and exchange the engine if another release is desired and works."""
        try:
            desired = self._read_desired()
        except Exception as error:  # noqa: BLE001 - whatever it is, what serves goes on
            self._reject(error)
            return
        old = self.serving
        if old is not None and desired == old.release:
            self.rejected = self._rejection = None
            return
        rejection = self._rejection
        if rejection is not None and desired == rejection.release and rejection.polls_until_retry > 0:
            self._rejection = rejection._replace(polls_until_retry=rejection.polls_until_retry - 1)
            self.rejected = self.waiting = rejection.note
            return
        self.waiting = StatusNote(
            f"Snapshot {desired.snapshot} is being loaded. Ask again in a few seconds.", datetime.now(UTC)
        )
        try:
            engine = self._load(desired)
            overlap_at_10 = smoke_test(engine, old and old.engine)
            if old is None:
                self._warm_up()
        except Exception as error:  # noqa: BLE001 - whatever it is, what serves goes on
            self._rejection = _Rejection(desired, self._reject(error))
            SWAPS.labels("refused").inc()
            return
        self.serving = Serving(engine, desired, datetime.now(UTC), overlap_at_10)
        self.rejected = self._rejection = None
        if old is None:
            self.ready.set_result(None)
        else:
            SWAPS.labels("taken").inc()
            logger.warning("Now serving snapshot %s with %s", engine.snapshot.digest, engine.versions)

    def _run(self) -> None:
        self.poll()
        while not self._stopping.wait(self._poll_seconds):
            self.poll()

    def _reject(self, error: Exception) -> StatusNote:
        """Report why nothing new serves; the same reason keeps its time and is logged once."""
        why = str(error) if isinstance(error, AirloomError) else one_line(f"{type(error).__name__}: {error}")
        if self.rejected is None or self.rejected.why != why:
            self.rejected = StatusNote(why, datetime.now(UTC))
            if self.serving is None:
                logging.getLogger(WAITING_LOGGER).warning(
                    "%s. Looking again every %g s.", why.rstrip("."), self._poll_seconds
                )
            else:
                logger.error("What is wanted cannot be served: %s", why)
        self.waiting = self.rejected
        return self.rejected
