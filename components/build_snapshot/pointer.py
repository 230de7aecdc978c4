"""The pointer to the snapshot that serves, `snapshots/current.json`, and the snapshots that it can name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, NamedTuple

from airloom.errors import AirloomError
from airloom.files import write_text
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.snapshot_files import MANIFEST, read_manifest
from airloom.timestamps import EpochSeconds

CURRENT: Final = "current.json"


class Pointer(NamedTuple):
    """A snapshot, as `current.json` names it.

    Attributes:
        digest: Its folder.
        before: The first second that it does not know; `as_of` in the file.
    """

    digest: str
    before: EpochSeconds


def read_pointer(folder: Path) -> Pointer | None:
    """Return the snapshot that serves; None if none does, or the file names none that can be read."""
    try:
        content = json.loads((folder / CURRENT).read_text(encoding="utf-8"))
        return Pointer(str(content["digest"]), EpochSeconds(int(content["as_of"])))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def serving_snapshot(folder: Path) -> Snapshot:
    """Return the snapshot that a service would load.

    Raises:
        AirloomError: None was published.
    """
    pointer = read_pointer(folder)
    if pointer is None:
        raise AirloomError(f"{folder} has no snapshot yet", do="Run airloom run daily first")
    return Snapshot.load(folder / pointer.digest)


def write_pointer(folder: Path, snapshot: Pointer) -> None:
    """Let services find `snapshot`, in one step."""
    text = json.dumps({"digest": snapshot.digest, "as_of": snapshot.before}, indent=2, sort_keys=True)
    write_text(folder / CURRENT, text)


def stored_snapshots(folder: Path) -> list[Pointer]:
    """Return the snapshots that are there, the newest first; those of one day by digest."""
    stored = [
        Pointer(manifest.parent.name, EpochSeconds(read_manifest(manifest.parent)["as_of"]))
        for manifest in folder.glob(f"[!.]*/{MANIFEST}")
    ]
    return sorted(stored, key=lambda snapshot: (snapshot.before, snapshot.digest), reverse=True)


def use_snapshot(folder: Path, digest: str) -> Pointer:
    """Let services find the stored snapshot whose digest begins with `digest`; returns it.

    Raises:
        AirloomError: No snapshot, or more than one, begins so.
    """
    stored = stored_snapshots(folder)
    matching = [snapshot for snapshot in stored if digest and snapshot.digest.startswith(digest)]
    if len(matching) != 1:
        held = ", ".join(snapshot.digest for snapshot in stored) or "none"
        count = "several snapshots begin" if matching else "no snapshot begins"
        raise AirloomError(f"In {folder} {count} with {digest!r}", do=f"Name one of: {held}")
    write_pointer(folder, matching[0])
    return matching[0]
