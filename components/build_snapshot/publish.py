"""Saves a snapshot, lets services find it, and removes the oldest ones."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from airloom.files import write_text
from airloom.intents.encoding import TextEncoder
from airloom.logs.lake import Lake
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.snapshot_files import MANIFEST
from airloom.timestamps import EpochSeconds, end_of
from feature_repo.snapshots import SnapshotSettings, snapshot_before
from feature_repo.store import open_store

FOLDER: Final = "snapshots"
CURRENT: Final = "current.json"


class Pointer(NamedTuple):
    """The snapshot that serves, as `current.json` names it.

    Attributes:
        digest: Its folder.
        before: The first second that it does not know; `as_of` in the file.
    """

    digest: str
    before: EpochSeconds


def build_and_publish(
    lake: str,
    *,
    day: date,
    config: str | None,
    settings: SnapshotSettings,
    encoder: TextEncoder | None = None,
) -> Snapshot:
    """Build the snapshot that knows all events through `day`, and publish it."""
    store = open_store(lake=lake, config=config)
    built = snapshot_before(store, lake=lake, before=end_of(day), settings=settings, encoder=encoder)
    return publish(built, Lake(lake).path(FOLDER), keep=settings.keep)


def publish(snapshot: Snapshot, folder: Path, *, keep: int) -> Snapshot:
    """Save under `folder`, point `current.json` to it, keep the newest `keep`; returns it with its digest.

    The pointer never goes back in time: an old day that is built again leaves what serves alone.
    """
    saved = snapshot.save(folder)
    # its titles are divided here, once, and not by every service at its start
    Candidates(Snapshot.load(folder / saved.digest, keep=True))
    serving = _current(folder)
    if serving is None or saved.before >= serving.before:
        serving = Pointer(saved.digest, saved.before)
        write_text(
            folder / CURRENT,
            json.dumps({"digest": serving.digest, "as_of": serving.before}, indent=2, sort_keys=True),
        )
    _remove_oldest(folder, keep=keep, serving=serving.digest)
    return saved


def describe(snapshot: Snapshot) -> dict[str, int | str]:
    """Return the metadata of the published artifact."""
    return {
        "digest": snapshot.digest,
        "as_of": snapshot.before,
        "objects": len(snapshot.objects.ids),
        "active_products": len(snapshot.products),
        "nodes": len(snapshot.nodes.labels),
        "paths": len(snapshot.paths.confidences),
        "neighbours": len(snapshot.neighbors.weights),
        **snapshot.versions,
    }


def _current(folder: Path) -> Pointer | None:
    try:
        content = json.loads((folder / CURRENT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Pointer(content["digest"], content["as_of"])


def _remove_oldest(folder: Path, *, keep: int, serving: str) -> None:
    """Remove the oldest, by time and then digest; the snapshot that serves is always kept."""
    ages = {
        manifest.parent.name: json.loads(manifest.read_text(encoding="utf-8"))["as_of"]
        for manifest in folder.glob(f"[!.]*/{MANIFEST}")
    }
    newest_first = sorted(ages, key=lambda digest: (ages[digest], digest), reverse=True)
    for digest in newest_first[keep:]:
        if digest != serving:
            shutil.rmtree(folder / digest)
