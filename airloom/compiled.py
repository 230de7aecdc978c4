"""Loops over arrays as machine code (numba): one pass over the data where numpy needs a dozen."""

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


def _cache_folder() -> Path:
    """Return a folder for machine code of exactly these sources, which no other user may write to.

    Numba notices changes in the file of a function, but not in the files of what the function uses.
    """
    if _CONFIG.CACHE_DIR:  # NUMBA_CACHE_DIR
        parent = Path(_CONFIG.CACHE_DIR)
    elif os.access(SOURCES, os.W_OK):
        parent = SOURCES / "__pycache__"
    else:  # as in an image with read-only files
        parent = Path(tempfile.gettempdir(), f"airloom-{os.getuid()}")
        parent.mkdir(mode=0o700, exist_ok=True)
        owner = parent.lstat()
        if owner.st_uid != os.getuid() or owner.st_mode & 0o022:  # its content is executed
            parent = Path(tempfile.mkdtemp(prefix="airloom-"))
    return parent / f"compiled-{sources_digest()}"


_CONFIG.CACHE_DIR = str(_cache_folder())


def compiled(function: Callable[P, T]) -> Callable[P, T]:
    """Return `function` compiled at its first call; the machine code is kept on disk for the next process.

    It may use only numbers, arrays and loops, and gives what it would give uncompiled: floating-point sums
    are not reordered. The GIL is held: waiting for it afterwards would take longer than any such loop.
    """
    machine_code: Callable[P, T] = njit(cache=True, error_model="numpy")(function)
    return machine_code


def compiled_sums(function: Callable[P, T]) -> Callable[P, T]:
    """Return `function` compiled with reordered sums and fused multiply-add, for vectorized arithmetic.

    For results that need to be right to a few digits only, such as those of a network.
    """
    reordered = njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
    machine_code: Callable[P, T] = reordered(function)
    return machine_code
