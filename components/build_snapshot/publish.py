"""Saves a snapshot, lets services find it, and removes the oldest ones."""

from __future__ import annotations

import logging
import shutil
from datetime import date
from pathlib import Path
from typing import Final

from airloom.intents.encoding import TextEncoder
from airloom.knowledge.aliases import ALIASES_FILE, idle_aliases, read_aliases
from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.reasons.reasons import PageExplainer
from airloom.ranking.snapshot import Snapshot
from airloom.timestamps import EpochSeconds, end_of
from components.build_snapshot.pointer import Pointer, read_pointer, stored_snapshots, write_pointer
from feature_repo.snapshot_settings import SnapshotSettings
from feature_repo.snapshots import snapshot_before
from feature_repo.store import apply_if_moved, open_store

logger = logging.getLogger(__name__)

FOLDER: Final = "snapshots"


def build_and_publish(
    lake: str,
    *,
    day: date,
    config: str | None,
    settings: SnapshotSettings,
    encoder: TextEncoder | None = None,
) -> Snapshot:
    """Build the snapshot that knows all events through `day`, and publish it.

    Raises:
        AirloomError: The file of aliases cannot be followed; nothing is published then.
    """
    store = open_store(lake=lake, config=config)
    apply_if_moved(store, lake=lake)
    tables = Lake(lake)
    aliases = read_aliases(tables)
    built = snapshot_before(
        store, lake=lake, before=end_of(day), settings=settings, encoder=encoder, aliases=aliases
    )
    for row in idle_aliases(aliases, built.attributes.values):
        logger.warning("%s, line %d changes nothing: no product has %r", ALIASES_FILE, row.line, row.value)
    last = max([day, *tables.days(EVENTS)])
    return publish(built, tables.path(FOLDER), keep=settings.keep, last_before=end_of(last))


def publish(
    snapshot: Snapshot, folder: Path, *, keep: int, last_before: EpochSeconds | None = None
) -> Snapshot:
    """Save under `folder`, point `current.json` to it, keep the newest `keep`; returns it with its digest.

    An old day that is built again leaves what serves alone. The pointer goes back in time only from a
    snapshot of a day that was taken back; such snapshots are removed, as they know what nobody may any more.

    Args:
        snapshot: What to publish.
        folder: Holds the snapshots and the pointer.
        keep: Number of snapshots that stay, besides the one that serves.
        last_before: The first second after the last day that the logs have; by default no day was taken back.
    """
    saved = snapshot.save(folder)
    # what every service would compute at its start is computed here, once
    serves = Snapshot.load(folder / saved.digest, keep=True)
    Candidates(serves)
    PageExplainer(serves)
    serving = read_pointer(folder)
    taken_back = serving is not None and last_before is not None and serving.before > last_before
    if serving is None or taken_back or saved.before >= serving.before:
        serving = Pointer(saved.digest, saved.before)
        write_pointer(folder, serving)
    _remove_unneeded(folder, keep=keep, serving=serving.digest, last_before=last_before)
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
        "aliases": len(snapshot.attributes.aliases),
        **snapshot.versions,
    }


def _remove_unneeded(folder: Path, *, keep: int, serving: str, last_before: EpochSeconds | None) -> None:
    """Remove the oldest and those of days that were taken back; the snapshot that serves is always kept.

    The pointer is read again before each removal: somebody may have chosen another snapshot meanwhile.
    """
    newest_first = [
        stored
        for stored in stored_snapshots(folder)
        if last_before is None or stored.before <= last_before or stored.digest == serving
    ]
    kept = {serving, *(stored.digest for stored in newest_first[:keep])}
    for stored in stored_snapshots(folder):
        pointer = read_pointer(folder)
        chosen = pointer is not None and pointer.digest == stored.digest
        if stored.digest not in kept and not chosen:
            shutil.rmtree(folder / stored.digest)
