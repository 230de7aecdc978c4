"""A journal in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class JournalDouble:
    """Remembers rows, or has no room for them."""

    def __init__(self, *, full: bool = False) -> None:
        self.rows: list[dict[str, Any]] = []
        self.full = full

    def append(self, rows: Sequence[dict[str, Any]]) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        self.rows += rows
