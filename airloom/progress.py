"""Progress bars of long steps, on standard error, also when it is a pipe that another process shows."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import NoReturn, TypeVar

from tqdm import tqdm

T = TypeVar("T")
_silent = False


def silence() -> None:
    """Show no bar from now on: for a process whose parent shows the progress of all."""
    global _silent  # noqa: PLW0603 - of the whole process
    _silent = True


def progress(items: Iterable[T], *, what: str, total: int | None = None, unit: str = "") -> Iterable[T]:
    """Yield `items` while a bar named `what` counts them; redrawn at most twice a second."""
    return tqdm(items, desc=what, total=total, unit=_spaced(unit), mininterval=0.5, ncols=90, disable=_silent)


def progress_bar(*, what: str, total: int, unit: str) -> tqdm[NoReturn]:
    """Return the same bar for work in pieces of any size: call `update`, and `set_postfix_str` for a note."""
    return tqdm(desc=what, total=total, unit=_spaced(unit), mininterval=0.5, ncols=110, disable=_silent)


def say(line: str) -> None:
    """Show a line that stays, without spoiling the bars."""
    if not _silent:
        tqdm.write(line, file=sys.stderr)


def _spaced(unit: str) -> str:
    return f" {unit}" if unit else ""
