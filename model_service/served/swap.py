"""Loads what should serve and exchanges it while it serves: tried first, then taken at once or refused."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Final, NamedTuple

from airloom.errors import AirloomError, one_line
from model_service.metrics import SWAPS
from model_service.pages.engine import Engine
from model_service.served.golden import rehearse
from model_service.served.wanted import Wanted

logger = logging.getLogger("airloom.service")
WAITING_LOGGER: Final = "airloom.service.waiting"
"""Says why nothing serves yet. A logger of its own: the command line prints its sentences as they are."""

LOOK_SECONDS: Final = 5.0
"""Between two looks at the pointers; a rollback takes effect after this and the time to load."""
AGAIN_AFTER: Final = 12
"""What was refused is tried again after so many looks: a registry or a disk may have been away."""
STOP_SECONDS: Final = 5.0
"""A registry that does not answer, or a load that has begun, may hold the end of the process so long."""


class NotReadyError(Exception):
    """Nothing serves yet; the message says what is missing and what to do."""


class Refusal(NamedTuple):
    """Why something does not serve, and since when."""

    why: str
    at: datetime


class Serving(NamedTuple):
    """What serves: for what was wanted, since when, and how alike its pages are to those before it."""

    engine: Engine
    wanted: Wanted | None
    since: datetime
    alike: dict[str, float]


class Swap:
    """Holds the engine that serves. A request takes it once, and is answered by that one alone.

    Until the first look that finds something that works, nothing serves; then something always does.

    Args:
        look: What is wanted now.
        load: Makes an engine for it.
        settle: Called once, when the first engine is warm and before it serves.
        seconds: Between two looks.

    Attributes:
        serving: What serves; None until the first engine is ready, never again after.
        ready: Done when something serves, for whoever waits for that.
        waiting: Why nothing serves yet; of no meaning once something does.
        refused: What is wanted and cannot be served.
    """

    def __init__(
        self,
        look: Callable[[], Wanted],
        load: Callable[[Wanted], Engine],
        *,
        settle: Callable[[], None] = lambda: None,
        seconds: float = LOOK_SECONDS,
    ) -> None:
        self._look, self._load, self._settle, self._seconds = look, load, settle, seconds
        self.serving: Serving | None = None
        self.ready: Future[None] = Future()
        self.waiting = Refusal("The service has just started. Ask again in a few seconds.", datetime.now(UTC))
        self.refused: Refusal | None = None
        self._refused_wanted: Wanted | None = None
        self._refusal_of_wanted: Refusal | None = None
        self._patience = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="swap", daemon=True)

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
        """Look now, and from now on by itself, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; doing it again changes nothing, and waits for nobody."""
        if not self._stopping.is_set():
            self._stopping.set()
            if self._thread.is_alive():
                self._thread.join(STOP_SECONDS)

    def look(self) -> None:
        """Look once, and exchange the engine if something else is wanted and works."""
        try:
            found = self._look()
        except Exception as error:  # noqa: BLE001 - whatever it is, what serves goes on
            self._refuse(error)
            return
        old = self.serving
        if old is not None and found == old.wanted:
            self.refused = self._refused_wanted = None
            return
        if found == self._refused_wanted and self._patience > 0:
            self._patience -= 1
            self.refused = self._refusal_of_wanted
            if self.refused is not None:
                self.waiting = self.refused
            return
        self.waiting = Refusal(
            f"Snapshot {found.snapshot} is being loaded. Ask again in a few seconds.", datetime.now(UTC)
        )
        try:
            engine = self._load(found)
            alike = rehearse(engine, old and old.engine)
            if old is None:
                self._settle()
        except Exception as error:  # noqa: BLE001 - whatever it is, what serves goes on
            self._refused_wanted, self._patience = found, AGAIN_AFTER
            self._refuse(error)
            self._refusal_of_wanted = self.refused
            SWAPS.labels("refused").inc()
            return
        self.serving = Serving(engine, found, datetime.now(UTC), alike)
        self.refused = self._refused_wanted = None
        if old is None:
            self.ready.set_result(None)
        else:
            SWAPS.labels("taken").inc()
            logger.warning("Now serving snapshot %s with %s", engine.snapshot.digest, engine.versions)

    def _run(self) -> None:
        self.look()
        while not self._stopping.wait(self._seconds):
            self.look()

    def _refuse(self, error: Exception) -> None:
        why = str(error) if isinstance(error, AirloomError) else one_line(f"{type(error).__name__}: {error}")
        if self.refused is None or self.refused.why != why:
            self.refused = Refusal(why, datetime.now(UTC))
            if self.serving is None:
                logging.getLogger(WAITING_LOGGER).warning(
                    "%s. Looking again every %g s.", why.rstrip("."), self._seconds
                )
            else:
                logger.error("What is wanted cannot be served: %s", why)
        self.waiting = self.refused
