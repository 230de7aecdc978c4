"""The processes of one training: `accelerate launch` starts the same command once for each GPU.

All of them train; the first one alone writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from airloom.writers_lock import writers_lock

T = TypeVar("T")


def is_first() -> bool:
    """Return whether this is the process that writes; so is one that runs alone."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def only_training(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder for one training with all of its processes.

    Raises:
        AirloomError: Another training holds it.
    """
    if not is_first():
        yield
        return
    with writers_lock(folder, wait=False):
        yield


def of_all(values: Sequence[T]) -> list[T]:
    """Return the values of all processes, the first one's first; each of them must ask."""
    from accelerate.utils import gather_object

    gathered: list[T] = gather_object(list(values))
    return gathered
