"""Progress of long steps, on standard error, also when it is a pipe that somebody else shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def progress(items: Iterable[T], *, what: str, total: int | None = None, unit: str = "") -> Iterable[T]:
    """Yield `items` while a bar named `what` counts them; redrawn at most twice a second."""
    return tqdm(items, desc=what, total=total, unit=f" {unit}" if unit else "", mininterval=0.5, ncols=90)
