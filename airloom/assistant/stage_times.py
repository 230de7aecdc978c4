"""How long each stage of an answer took."""

from __future__ import annotations

import time
from typing import Literal

Stage = Literal["parse", "resolve", "retrieve", "rank", "explain", "word"]
"""The request is read; looked up in the catalogue; products are searched; ranked; items get reasons; and a
language model words these, if it is asked to."""


class StageTimes:
    """A clock that is read after each stage of one answer.

    Attributes:
        seconds: Of each stage that has ended, in order.
    """

    def __init__(self) -> None:
        self.seconds: dict[Stage, float] = {}
        self._started = time.perf_counter()

    def end(self, stage: Stage) -> None:
        """Note the time since the previous stage ended, or since the clock was made."""
        now = time.perf_counter()
        self.seconds[stage] = now - self._started
        self._started = now
