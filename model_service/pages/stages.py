"""Tells where the time of a page goes, for `/metrics` and whoever looks for a slow part."""

from __future__ import annotations

import time
from typing import Final, Literal, get_args

from model_service.metrics import STAGE_SECONDS

Stage = Literal["user", "candidates", "ranking", "reasons"]
"""The user's events are read; candidates are found or proposed; they are ranked; items are written down."""

_OBSERVE: Final = {stage: STAGE_SECONDS.labels(stage).observe for stage in get_args(Stage)}


class Stages:
    """A clock that is read after each stage of one page."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    def end(self, stage: Stage) -> None:
        """Count the time since the one before ended, or since the clock was made."""
        now = time.perf_counter()
        _OBSERVE[stage](now - self._began)
        self._began = now
