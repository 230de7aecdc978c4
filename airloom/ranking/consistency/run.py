"""Measures the consistency of a lake's snapshot; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
import pyarrow as pa

from airloom.errors import AirloomError
from airloom.intents.encoding import EmbeddingCache, TextEncoder
from airloom.intents.history import HistoryReader
from airloom.intents.linking.settings import LinkingSettings
from airloom.logs.histories import user_histories
from airloom.logs.lake import Lake
from airloom.ranking.consistency.direct_paths import direct_paths, merchant_objects
from airloom.ranking.consistency.measure import ConsistencySettings, measure_consistency
from airloom.ranking.consistency.result import Consistency
from airloom.ranking.history import UserHistory
from airloom.ranking.snapshot import Snapshot
from airloom.timestamps import last_day_before

OpenReader = Callable[[pa.Table, EmbeddingCache], HistoryReader]
"""Makes the reader from the merchant's objects of the day and a cache that keeps nothing."""


def consistency_of(
    lake: Lake,
    snapshot: Snapshot,
    histories: Mapping[str, UserHistory],
    *,
    open_reader: OpenReader,
    encoder: TextEncoder,
    linking: LinkingSettings,
    settings: ConsistencySettings,
) -> Consistency:
    """Return how well the composed trees of `histories` agree with one reading of each whole history.

    Args:
        lake: Where `snapshot` was built from; it holds the node table.
        snapshot: The one that serves.
        histories: See `sampled_histories`.
        open_reader: The reasoner that read the single events (`history_reader_named`).
        encoder: The one that the snapshot was built with.
        linking: How the daily run turns labels into nodes.
        settings: What is compared.

    Raises:
        AirloomError: Fewer than two users can be compared.
    """
    cache = EmbeddingCache(lake, encoder, keep=False)
    objects = merchant_objects(lake, cache, day=last_day(snapshot))
    return measure_consistency(
        snapshot,
        histories,
        reader=open_reader(objects, cache),
        resolve=lambda readings: direct_paths(lake, readings, objects=objects, cache=cache, settings=linking),
        settings=settings,
    )


def sampled_histories(lake: Lake, snapshot: Snapshot, *, users: int, seed: int) -> dict[str, UserHistory]:
    """Return the histories of `users` users, drawn evenly from those active on the snapshot's last day.

    The function that computes the feature store's histories computes them too, from the clean events.

    Raises:
        AirloomError: Nobody did anything on that day.
    """
    day = last_day(snapshot)
    rows = user_histories(lake, since=day, through=day)
    if not rows.num_rows:
        raise AirloomError(
            f"The lake {lake.root} holds no events of {day}, the last day of snapshot {snapshot.digest}",
            do="Run airloom run daily for a day with events",
        )
    chosen = np.random.default_rng(seed).permutation(rows.num_rows)[:users]
    return {
        row["user_id"]: snapshot.history(row["object_ids"], row["actions"], row["timestamps"])
        for row in rows.take(pa.array(np.sort(chosen))).to_pylist()
    }


def last_day(snapshot: Snapshot) -> date:
    """Return the last day whose events `snapshot` knows."""
    return last_day_before(snapshot.before)
