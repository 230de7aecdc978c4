"""Loops over arrays as machine code: a page has no time for a dozen passes over what one pass can see."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_CACHE: Final = "NUMBA_CACHE_DIR"

if not os.access(Path(__file__).parent, os.W_OK):  # as in an image whose files nobody may change
    os.environ.setdefault(_CACHE, str(Path(tempfile.gettempdir(), "airloom-compiled")))

from numba import njit  # noqa: E402 - reads the variable when imported


def compiled(function: Callable[P, T]) -> Callable[P, T]:
    """Compile `function` when it is first called; the code is kept beside it for the next process.

    It may use numbers, arrays and loops alone, and must give what it would give uncompiled: floating point is
    not reordered. Python's lock is kept: to get it back from a busy thread takes longer than any such loop.
    """
    made: Callable[P, T] = njit(cache=True, error_model="numpy")(function)
    return made


def compiled_sums(function: Callable[P, T]) -> Callable[P, T]:
    """As `compiled`, but sums may be taken in any order: several at once, and a product added in one step.

    For arithmetic whose result need be right to some digits alone, as that of a network.
    """
    made: Callable[P, T] = njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})(
        function
    )
    return made
