"""Loops over arrays as machine code: a page has no time for a dozen passes over what one pass can see."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import numba
from numba import njit

from airloom.sources import SOURCES, sources_digest

P = ParamSpec("P")
T = TypeVar("T")

_CONFIG: Final[Any] = numba.config  # makes its names when it is imported


def _place() -> Path:
    """A folder for machine code that nobody else may write to, of these very sources.

    Numba looks for changes in the file of a function, not in those whose functions and constants it uses.
    """
    if _CONFIG.CACHE_DIR:  # NUMBA_CACHE_DIR
        parent = Path(_CONFIG.CACHE_DIR)
    elif os.access(SOURCES, os.W_OK):
        parent = SOURCES / "__pycache__"
    else:  # as in an image whose files nobody may change
        parent = Path(tempfile.gettempdir(), f"airloom-{os.getuid()}")
        parent.mkdir(mode=0o700, exist_ok=True)
        owner = parent.lstat()
        if owner.st_uid != os.getuid() or owner.st_mode & 0o022:  # it is read as it lies there
            parent = Path(tempfile.mkdtemp(prefix="airloom-"))
    return parent / f"compiled-{sources_digest()}"


_CONFIG.CACHE_DIR = str(_place())


def compiled(function: Callable[P, T]) -> Callable[P, T]:
    """Compile `function` when it is first called; the code is kept on disk for the next process.

    It may use numbers, arrays and loops alone, and must give what it would give uncompiled: floating point is
    not reordered. Python's lock is kept: to get it back from a busy thread takes longer than any such loop.
    """
    made: Callable[P, T] = njit(cache=True, error_model="numpy")(function)
    return made


def compiled_sums(function: Callable[P, T]) -> Callable[P, T]:
    """As `compiled`, but sums may be taken in any order: several at once, and a product added in one step.

    For arithmetic whose result need be right to some digits alone, as that of a network.
    """
    reordered = njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
    made: Callable[P, T] = reordered(function)
    return made
