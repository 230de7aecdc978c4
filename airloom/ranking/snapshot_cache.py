"""Arrays computed from a snapshot and kept beside it: the next process maps them and computes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airloom.errors import AirloomError
from airloom.files import atomic_dir
from airloom.ranking.snapshot_files import mapped_array
from airloom.sources import sources_digest

logger = logging.getLogger(__name__)

FOLDER: Final = "derived"
"""The cache's folder inside a snapshot's."""

Arrays = Mapping[str, NDArray[Any]]


class SnapshotCache:
    """Arrays that were computed from one snapshot, by name.

    Args:
        snapshot: Folder of the snapshot, where arrays are kept; None keeps nothing.
    """

    def __init__(self, snapshot: Path | None = None) -> None:
        # another version of the code may compute other arrays from the same snapshot
        self._folder = None if snapshot is None else snapshot / FOLDER / sources_digest()

    def arrays(self, name: str, compute: Callable[[], Arrays]) -> Arrays:
        """Return the arrays of that name, read-only: mapped if they exist, otherwise computed and kept.

        A million products take a minute to compute and a moment to map. Where nothing can be written, every
        process computes them and holds them in its memory.

        Args:
            name: Says everything that the arrays depend on besides the snapshot, in letters, digits and `-`.
            compute: Called at most once.
        """
        folder = None if self._folder is None else self._folder / name
        if folder is not None and (kept := _read(folder)) is not None:
            return kept
        computed = {key: np.ascontiguousarray(values) for key, values in compute().items()}
        if folder is not None and _keep(folder, computed) and (kept := _read(folder)) is not None:
            return kept
        for values in computed.values():
            values.flags.writeable = False  # like mapped arrays: numba compiles once for both
        return computed


def _read(folder: Path) -> Arrays | None:
    """Return the arrays of a folder; None if it does not exist, or is damaged."""
    try:
        return {file.stem: mapped_array(folder, file.stem) for file in sorted(folder.iterdir())}
    except FileNotFoundError:
        return None
    except (OSError, EOFError, ValueError) as error:
        logger.warning("%s is damaged and computed again (%s: %s)", folder, type(error).__name__, error)
        return None


def _keep(folder: Path, arrays: Arrays) -> bool:
    try:
        with atomic_dir(folder) as temporary:
            for key, values in arrays.items():
                np.save(temporary / f"{key}.npy", values, allow_pickle=False)
    except (OSError, AirloomError) as error:
        logger.warning("Arrays computed from a snapshot are not kept for the next start (%s)", error)
        return False
    return True
