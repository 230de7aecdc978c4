"""A training set: labels with histories as Feast knew them, and the two snapshots they are read with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from feast import FeatureStore
from feast.errors import FeatureServiceNotFoundException

from airloom.errors import AirloomError
from airloom.files import atomic_dir, sha256_of
from airloom.intents.encoding import TextEncoder
from airloom.logs.contract import EVENTS
from airloom.logs.histories import HISTORY_COLUMNS
from airloom.logs.lake import Lake
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.examples import EXAMPLES, Example, LabelWeights, label_rows, read_examples
from airloom.timestamps import start_of
from feature_repo.offline import histories_at
from feature_repo.snapshots import SnapshotSettings, snapshot_before

SNAPSHOTS: Final = ("training", "snapshots")
"""Folder of the lake that holds the snapshots of training sets, apart from those that serve."""
MANIFEST: Final = "dataset.json"
ORDERS: Final = LabelWeights(click=0.0, cart=0.0, order=1.0)


@dataclass(frozen=True)
class TrainingSetSettings:
    """Which days teach, which days judge.

    Attributes:
        label_days: Days whose clicks, carts and orders a ranker learns from. As few as evaluation days: a
            snapshot ages over these days, and a ranker that learns from older statistics than it will serve
            with trusts them too little.
        evaluation_days: The days after them, the last of the log, whose orders it is judged on.
        labels: What each action is worth in training.
        most_labels: Training labels at most, a random choice of all.
        most_targets: Evaluation targets at most, likewise.
        seed: Of these choices.
        snapshot: How the snapshots count.
    """

    label_days: int = 2
    evaluation_days: int = 2
    labels: LabelWeights = field(default_factory=LabelWeights)
    most_labels: int = 8000
    most_targets: int = 2000
    seed: int = 17
    snapshot: SnapshotSettings = field(default_factory=SnapshotSettings)


class Part(NamedTuple):
    """Examples and the snapshot as of the start of their window."""

    examples: list[Example]
    snapshot: Snapshot


def build(
    store: FeatureStore,
    *,
    lake: str,
    day: date,
    settings: TrainingSetSettings,
    folder: Path,
    encoder: TextEncoder | None = None,
) -> dict[str, int]:
    """Write the training set of the days up to `day` to `folder` and its snapshots to the lake.

    Args:
        store: Registered and built for these days.
        lake: Root of the lake.
        day: The last closed day.
        settings: Which days and how many rows.
        folder: Replaced, whole or not at all.
        encoder: The one that features were built with; by default the sentence encoder.

    Returns:
        Number of rows of each part: `train`, `evaluation`.

    Raises:
        AirloomError: No daily run has been made, the log has no days before the labels, or a part has no
            labels.
    """
    judged_from = day - timedelta(days=settings.evaluation_days - 1)
    taught_from = judged_from - timedelta(days=settings.label_days)
    days = Lake(lake).days(EVENTS)
    if not days:
        raise AirloomError(f"No clean events in {Lake(lake).root}", do="Run: airloom run daily")
    first = days[0]
    if first >= taught_from:
        raise AirloomError(
            f"Labels would begin on {taught_from}, but the log begins on {first}: nothing came before them",
            do="Give more days of logs, or set fewer label_days and evaluation_days",
        )
    parts = {
        "train": (taught_from, judged_from, settings.labels, settings.most_labels),
        "evaluation": (judged_from, day + timedelta(days=1), ORDERS, settings.most_targets),
    }
    manifest: dict[str, object] = {"day": str(day)}
    counts = {}
    with atomic_dir(folder) as temporary:
        for name, (begin, end, weights, most) in parts.items():
            rows = _examples(store, lake, begin, end, weights, most=most, seed=settings.seed)
            if not rows.num_rows:
                raise AirloomError(
                    f"Nobody touched a product between {begin} and {end - timedelta(days=1)}",
                    do="Give logs with clicks, carts or orders in these days, or more label_days",
                )
            snapshot = snapshot_before(
                store, lake=lake, before=start_of(begin), settings=settings.snapshot, encoder=encoder
            ).save(Lake(lake).path(*SNAPSHOTS))
            file = temporary / f"{name}.parquet"
            pq.write_table(rows, file, compression="zstd")
            counts[name] = rows.num_rows
            manifest[name] = {
                "from": str(begin),
                "before": str(end),
                "rows": rows.num_rows,
                "sha256": sha256_of(file),
                "snapshot": snapshot.digest,
                "versions": snapshot.versions,
            }
        text = json.dumps(manifest, indent=2, sort_keys=True)
        (temporary / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return counts


def describe(folder: Path) -> dict[str, Any]:
    """What `dataset.json` says: the day, and for each part its days, rows, their digest, and the snapshot."""
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest


def read_part(folder: Path, name: str, *, lake: str) -> Part:
    """The examples of a part (`train` or `evaluation`) in the coordinates of its snapshot.

    Raises:
        AirloomError: The lake no longer holds the snapshot.
    """
    snapshot = read_snapshot(folder, name, lake=lake)
    return Part(read_examples(pq.read_table(folder / f"{name}.parquet"), snapshot), snapshot)


def read_snapshot(folder: Path, name: str, *, lake: str) -> Snapshot:
    """The snapshot of a part (`train` or `evaluation`), as of the start of its window.

    Raises:
        AirloomError: The lake no longer holds it.
    """
    place = Lake(lake).path(*SNAPSHOTS, describe(folder)[name]["snapshot"])
    if not place.is_dir():
        raise AirloomError(
            f"{place} is gone, the snapshot that this training set was built with",
            do="Run the whole training again: airloom run training",
        )
    return Snapshot.load(place)


def _examples(
    store: FeatureStore,
    lake: str,
    begin: date,
    end: date,
    weights: LabelWeights,
    *,
    most: int,
    seed: int,
) -> pa.Table:
    """The labels of the days from `begin` to before `end`, with the histories known when they happened."""
    columns = ["user_id", "ts", "action", "object_id"]
    events = Lake(lake).read(EVENTS, since=begin, through=end - timedelta(days=1), columns=columns)
    labels = label_rows(events, weights, max_labels=most, seed=seed)
    moments = labels.select(["user_id", "ts"]).rename_columns(["user_id", "event_timestamp"])
    try:
        found = histories_at(store, moments)
    except FeatureServiceNotFoundException as error:
        raise AirloomError(
            f"The features of {lake} are not registered ({error})", do="Run: airloom run daily"
        ) from error
    for name in HISTORY_COLUMNS:
        labels = labels.append_column(name, found[name])
    return labels.cast(EXAMPLES)
