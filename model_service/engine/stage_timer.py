"""Times the stages of a page, for `/metrics`."""

from __future__ import annotations

import time
from typing import Final, Literal, get_args

from model_service.metrics import STAGE_SECONDS

Stage = Literal["user", "candidates", "ranking", "reasons"]
"""The user's events are read; candidates are looked up or proposed; they are ranked; items get reasons."""

_OBSERVE: Final = {stage: STAGE_SECONDS.labels(stage).observe for stage in get_args(Stage)}


class StageTimer:
    """A clock that is read after each stage of one page."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def end(self, stage: Stage) -> None:
        """Observe the time since the previous stage ended, or since the timer was made."""
        now = time.perf_counter()
        _OBSERVE[stage](now - self._started)
        self._started = now
