"""A training set: labels with point-in-time histories from Feast, and two snapshots to read them with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from feast import FeatureStore
from feast.errors import FeatureServiceNotFoundException

from airloom.errors import AirloomError
from airloom.files import atomic_dir, sha256_of
from airloom.html_report.numbers import format_days
from airloom.intents.encoding import TextEncoder
from airloom.logs.contract import EVENTS, TIMESTAMP
from airloom.logs.counted_events import read_counted_events
from airloom.logs.histories import HISTORY_COLUMNS
from airloom.logs.lake import Lake
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.examples import EXAMPLES, Example, label_rows, read_examples
from airloom.ranking.training.settings import LabelWeights
from airloom.timestamps import end_of, start_of, to_micros
from components.build_training_set.settings import TrainingSetSettings
from feature_repo.offline import histories_at
from feature_repo.snapshots import snapshot_before
from feature_repo.store import apply_if_moved

SNAPSHOTS: Final = ("training", "snapshots")
"""Folder of the lake for the snapshots of training sets; those that serve are elsewhere."""
MANIFEST: Final = "dataset.json"
ORDERS: Final = LabelWeights(click=0.0, cart=0.0, order=1.0)


class LabelWindow(NamedTuple):
    """The examples of a window of days, and the snapshot of its start."""

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
        day: The last complete day.
        settings: Which days and how many rows.
        folder: Replaced atomically.
        encoder: The one that features were built with; by default the sentence encoder.

    Returns:
        Number of rows of each window: `train`, `evaluation`.

    Raises:
        AirloomError: No daily run has been made, the log has no days before the labels, or a window
            has no labels.
    """
    evaluation_from = day - timedelta(days=settings.evaluation_days - 1)
    labels_from = evaluation_from - timedelta(days=settings.label_days)
    days = Lake(lake).days(EVENTS)
    if not days:
        raise AirloomError(f"No clean events in {Lake(lake).root}", do="Run: airloom run daily")
    first = days[0]
    if first >= labels_from:
        raise AirloomError(
            f"Labels would begin on {labels_from}, but the log begins on {first}: nothing came before them",
            do="Give more days of logs, or set fewer label_days and evaluation_days",
        )
    apply_if_moved(store, lake=lake)
    windows = {
        "train": (labels_from, evaluation_from, settings.labels, settings.max_labels),
        "evaluation": (evaluation_from, day + timedelta(days=1), ORDERS, settings.max_targets),
    }
    manifest: dict[str, object] = {"day": str(day)}
    counts = {}
    with atomic_dir(folder) as temporary:
        for name, (begin, end, weights, max_rows) in windows.items():
            rows = _examples(store, lake, begin, end, weights, day=day, max_rows=max_rows, seed=settings.seed)
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
    """Return `dataset.json`: the day, and for each window its days, rows, their digest, and the snapshot."""
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest


def days_of(window: Mapping[str, Any]) -> str:
    """Return the days of a window of `dataset.json`, the last one included, as a reader writes them.

    >>> days_of({"from": "2026-03-14", "before": "2026-03-16"})
    '14-15 March 2026'
    """
    last = date.fromisoformat(window["before"]) - timedelta(days=1)
    return format_days(date.fromisoformat(window["from"]), last)


def read_window(folder: Path, name: str, *, lake: str) -> LabelWindow:
    """Return the examples of a window (`train` or `evaluation`), with objects as rows of its snapshot.

    Raises:
        AirloomError: The lake no longer holds the snapshot.
    """
    snapshot = read_snapshot(folder, name, lake=lake)
    return LabelWindow(read_examples(pq.read_table(folder / f"{name}.parquet"), snapshot), snapshot)


def read_snapshot(folder: Path, name: str, *, lake: str) -> Snapshot:
    """Return the snapshot of the start of a window (`train` or `evaluation`).

    Raises:
        AirloomError: The lake no longer holds it.
    """
    stored = Lake(lake).path(*SNAPSHOTS, describe(folder)[name]["snapshot"])
    if not stored.is_dir():
        raise AirloomError(
            f"{stored} is gone, the snapshot that this training set was built with",
            do="Run the whole training again: airloom run training",
        )
    return Snapshot.load(stored)


def _examples(
    store: FeatureStore,
    lake: str,
    begin: date,
    end: date,
    weights: LabelWeights,
    *,
    day: date,
    max_rows: int,
    seed: int,
) -> pa.Table:
    """Return the labels of the days from `begin` to before `end`, with the histories known at their time.

    What was ordered then and came back up to `day` is no label; a click on it still is.
    """
    known = read_counted_events(Lake(lake).dataset(EVENTS, since=begin, through=day), before=end_of(day))
    events = known.filter(pc.field("ts") < pa.scalar(to_micros(start_of(end)), TIMESTAMP))
    labels = label_rows(events, weights, max_labels=max_rows, seed=seed)
    moments = labels.select(["user_id", "ts"]).rename_columns(["user_id", "event_timestamp"])
    try:
        histories = histories_at(store, moments)
    except FeatureServiceNotFoundException as error:
        raise AirloomError(
            f"The features of {lake} are not registered ({error})", do="Run: airloom run daily"
        ) from error
    for name in HISTORY_COLUMNS:
        labels = labels.append_column(name, histories[name])
    return labels.cast(EXAMPLES)
