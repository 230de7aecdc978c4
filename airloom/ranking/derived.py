"""Arrays that follow from a snapshot, kept beside it: who serves it next maps them and makes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airloom.errors import AirloomError
from airloom.files import whole_folder
from airloom.sources import sources_digest

logger = logging.getLogger(__name__)

FOLDER: Final = "derived"

Arrays = Mapping[str, NDArray[Any]]


def mapped(file: Path) -> NDArray[Any]:
    """The array of an `.npy` file, read-only, from the page cache.

    Raises:
        OSError, EOFError, ValueError: It is not there, or no whole array.
    """
    # np.asarray: the memmap class makes every indexing several times slower than a plain view
    return np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))


class Derived:
    """What was made of a snapshot.

    Args:
        snapshot: Folder of the snapshot, where arrays are kept; None keeps nothing.
    """

    def __init__(self, snapshot: Path | None = None) -> None:
        # other code may make other arrays of the same snapshot
        self._folder = None if snapshot is None else snapshot / FOLDER / sources_digest()

    def arrays(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        """The arrays of that name, read-only: mapped if they are there, otherwise made, kept and mapped.

        A million products take a minute to make and a moment to map. Where nothing can be written they are
        made by every process, and stay in its memory.

        Args:
            name: Says everything that the arrays depend on besides the snapshot, in letters, digits and `-`.
            make: Makes them; called at most once.
        """
        place = None if self._folder is None else self._folder / name
        if place is not None and (found := _mapped(place)) is not None:
            return found
        made = {key: np.ascontiguousarray(values) for key, values in make().items()}
        if place is not None and _keep(place, made) and (found := _mapped(place)) is not None:
            return found
        for values in made.values():
            values.flags.writeable = False  # as mapped ones are: compiled code is of one kind of array
        return made


def _mapped(place: Path) -> Arrays | None:
    """The arrays of a folder; None if it is not there, or damaged."""
    try:
        return {file.stem: mapped(file) for file in sorted(place.iterdir())}
    except FileNotFoundError:
        return None
    except (OSError, EOFError, ValueError) as error:
        logger.warning("%s is damaged and made anew (%s: %s)", place, type(error).__name__, error)
        return None


def _keep(place: Path, made: Arrays) -> bool:
    try:
        with whole_folder(place) as folder:
            for key, values in made.items():
                np.save(folder / f"{key}.npy", values, allow_pickle=False)
    except (OSError, AirloomError) as error:
        logger.warning("What was made of a snapshot is not kept for the next start (%s)", error)
        return False
    return True
