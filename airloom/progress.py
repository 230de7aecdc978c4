"""Progress of long steps, on standard error: a bar on a terminal, elsewhere a line every ten seconds."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any, Final, NoReturn, TypeVar

from tqdm import tqdm

from airloom.child_processes import STARTED_BY

T = TypeVar("T")
LINE_EVERY_S: Final = 10.0
_silent = False


def silence() -> None:
    """Show nothing from now on: for a process whose parent shows the progress of all."""
    global _silent  # noqa: PLW0603 - of the whole process
    _silent = True


def progress(items: Iterable[T], *, what: str, total: int | None = None, unit: str = "") -> Iterable[T]:
    """Yield `items` while a bar named `what` counts them; redrawn at most twice a second."""
    return tqdm(items, desc=what, total=total, unit=_spaced(unit), ncols=90, disable=_silent, **_form())


def progress_bar(*, what: str, total: int, unit: str) -> tqdm[NoReturn]:
    """Return the same bar for work in pieces of any size: call `update`, and `set_postfix_str` for a note."""
    return tqdm(desc=what, total=total, unit=_spaced(unit), ncols=110, disable=_silent, **_form())


def say(line: str) -> None:
    """Show a line that stays, without spoiling the bars."""
    if not _silent:
        tqdm.write(line, file=sys.stderr)


def _form() -> dict[str, Any]:
    """Return the options of a bar, also where a command that started us shows it, or of lines."""
    is_read = os.environ.get(STARTED_BY, str(os.getpid())) != str(os.getpid())
    if sys.stderr.isatty() or is_read:
        return {"mininterval": 0.5}
    return {"mininterval": LINE_EVERY_S, "delay": LINE_EVERY_S, "file": _Lines()}


class _Lines:
    """Standard error, where a bar that is drawn again becomes a line of its own; its end is told once."""

    _ended = False

    def write(self, text: str) -> None:
        if (line := text.strip()) and not self._ended:
            self._ended = "100%|" in line
            sys.stderr.write(f"{line}\n")

    def flush(self) -> None:
        sys.stderr.flush()


def _spaced(unit: str) -> str:
    return f" {unit}" if unit else ""
