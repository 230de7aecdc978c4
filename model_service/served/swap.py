"""Exchanges what serves while it serves: loaded beside the old, tried, then taken at once or refused."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from airloom.errors import AirloomError
from model_service.metrics import SWAPS
from model_service.pages.engine import Engine
from model_service.served.golden import rehearse
from model_service.served.wanted import Wanted

logger = logging.getLogger("airloom.service")

LOOK_SECONDS: Final = 5.0
"""Between two looks at the pointers; a rollback takes effect after this and the time to load."""
AGAIN_AFTER: Final = 12
"""What was refused is tried again after so many looks: a registry or a disk may have been away."""


class Refusal(NamedTuple):
    """What is wanted and cannot be served, why, and since when."""

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

    Args:
        look: What is wanted now.
        load: Makes an engine for it.
        seconds: Between two looks.

    Raises:
        AirloomError: What is wanted at the start cannot be served.
    """

    def __init__(
        self,
        look: Callable[[], Wanted],
        load: Callable[[Wanted], Engine],
        *,
        seconds: float = LOOK_SECONDS,
    ) -> None:
        self._look, self._load, self._seconds = look, load, seconds
        first = look()
        engine = load(first)
        rehearse(engine)
        self.serving = Serving(engine, first, datetime.now(UTC), {})
        self.refused: Refusal | None = None
        self._refused_wanted: Wanted | None = None
        self._patience = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="swap", daemon=True)
        self._thread.start()

    @property
    def engine(self) -> Engine:
        """The one that serves now."""
        return self.serving.engine

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
        self._thread.join()

    def look(self) -> None:
        """Look once, and exchange the engine if something else is wanted and works."""
        try:
            found = self._look()
        except Exception as error:  # noqa: BLE001 - whatever it is, what serves goes on
            self._refuse(error)
            return
        if found == self.serving.wanted:
            self.refused = self._refused_wanted = None
            return
        if found == self._refused_wanted and self._patience > 0:
            self._patience -= 1
            return
        try:
            engine = self._load(found)
            alike = rehearse(engine, self.engine)
        except Exception as error:  # noqa: BLE001 - whatever it is, what serves goes on
            self._refused_wanted, self._patience = found, AGAIN_AFTER
            self._refuse(error)
            SWAPS.labels("refused").inc()
            return
        self.serving = Serving(engine, found, datetime.now(UTC), alike)
        self.refused = self._refused_wanted = None
        SWAPS.labels("taken").inc()
        logger.warning("Now serving snapshot %s with %s", engine.snapshot.digest, engine.versions)

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            self.look()

    def _refuse(self, error: Exception) -> None:
        why = str(error) if isinstance(error, AirloomError) else f"{type(error).__name__}: {error}"
        if self.refused is None or self.refused.why != why:
            logger.error("What is wanted cannot be served: %s", why)
            self.refused = Refusal(why, datetime.now(UTC))
