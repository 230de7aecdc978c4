"""A clock that a test sets."""

from __future__ import annotations


class StoppedClock:
    """Returns the seconds that it was set to."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds
