"""Remembers that the files of a snapshot were verified, so that each is read to its end only once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from airloom.errors import AirloomError
from airloom.files import write_text
from airloom.ranking.snapshot_cache import FOLDER

VERIFIED: Final = "verified.json"
"""The file beside the cached arrays that lists what was verified."""


def is_verified(folder: Path) -> bool:
    """Return whether the files of a snapshot are those that `note_verified` saw."""
    try:
        noted = json.loads((folder / FOLDER / VERIFIED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(noted == _files(folder))


def note_verified(folder: Path) -> None:
    """Note size and time of every file; where nothing can be written, each process verifies anew."""
    try:
        write_text(folder / FOLDER / VERIFIED, json.dumps(_files(folder), indent=2, sort_keys=True))
    except (OSError, AirloomError):
        return


def _files(folder: Path) -> dict[str, list[int]]:
    """Return size and time of the last change (nanoseconds) of every file, by name."""
    stats = {file.name: file.stat() for file in folder.iterdir() if file.is_file()}
    return {name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats.items()}
