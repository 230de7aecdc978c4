"""Kubeflow component: builds the day's snapshot and makes it the current one."""

from typing import NamedTuple

from kfp.dsl import Artifact, Output

from components.step import step


@step
def build_snapshot(
    lake: str, day: str, feature_store: str, settings: dict, snapshot: Output[Artifact]
) -> NamedTuple("Outputs", [("digest", str), ("objects", int)]):
    """Read objects from Feast and statistics from the logs, save the snapshot and publish it.

    Args:
        lake: Root of the lake.
        day: The UTC day that the run is about, an ISO date.
        feature_store: Path of a feature_store.yaml, or empty for the local one.
        settings: How to count and how many snapshots to keep (`SnapshotSettings`).
        snapshot: What the snapshot is and what it was made from.

    Returns:
        digest: Digest of the snapshot's content.
        objects: How many objects it knows.
    """
    import json
    from pathlib import Path

    from airloom.files import write_text
    from airloom.logs.run_day import parse_day
    from airloom.settings import parse
    from components.build_snapshot.publish import build_and_publish, describe
    from feature_repo.snapshot_settings import SnapshotSettings

    chosen = parse(SnapshotSettings, settings)
    made = build_and_publish(lake, day=parse_day(day), config=feature_store or None, settings=chosen)
    snapshot.metadata.update(describe(made))
    write_text(Path(snapshot.path), json.dumps(snapshot.metadata, indent=2, sort_keys=True))
    return NamedTuple("Outputs", [("digest", str), ("objects", int)])(made.digest, len(made.objects.ids))
