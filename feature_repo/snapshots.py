"""The snapshot as of a moment, read from Feast: what serves is made by the same function as what trains."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from feast import FeatureStore

from airloom.intents.encoding import TextEncoder
from airloom.intents.linking.vocabulary import load_nodes
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.intents.store import IntentStore
from airloom.logs.changes import latest_rows
from airloom.logs.contract import OBJECTS, TIMESTAMP
from airloom.logs.lake import Lake
from airloom.ranking.assemble import assemble
from airloom.ranking.snapshot import Snapshot
from airloom.statistics.cooccurrence import CooccurrenceSettings, cooccurrence
from airloom.statistics.popularity import PopularitySettings, popularity
from feature_repo.offline import objects_as_of


@dataclass(frozen=True)
class SnapshotSettings:
    """What goes into a snapshot, and how many are kept.

    Attributes:
        popularity: How events make a product popular.
        neighbours: How events make objects neighbours.
        keep: Published snapshots that stay on disk, the newest.
        retired_days: Days after which a retired object leaves; until then it explains what users did with it.
    """

    popularity: PopularitySettings = field(default_factory=PopularitySettings)
    neighbours: CooccurrenceSettings = field(default_factory=CooccurrenceSettings)
    keep: int = 7
    retired_days: int = 60


def snapshot_as_of(
    store: FeatureStore,
    *,
    lake: str,
    as_of: int,
    settings: SnapshotSettings,
    encoder: TextEncoder | None = None,
) -> Snapshot:
    """Build the snapshot that could have served at a moment; it is not saved.

    Object features come from Feast, popularity and neighbours from the clean events; neither knows anything
    that was delivered or done at `as_of` or later. Node ids mean the same in every snapshot of a lake.

    Args:
        store: Registered and built for the days before `as_of`.
        lake: Root of the lake.
        as_of: Seconds since 1970 UTC.
        settings: How to count.
        encoder: The one that features were built with; by default the sentence encoder.
    """
    tables = Lake(lake)
    encoder = encoder or SentenceEncoder()
    last = datetime.fromtimestamp(as_of - 1, UTC).date()
    known = latest_rows(tables, OBJECTS, through=last)
    oldest = datetime.fromtimestamp(as_of, UTC) - timedelta(days=settings.retired_days)
    gone = pc.fill_null(pc.less(known["retired_at"], pa.scalar(oldest, TIMESTAMP)), fill_value=False)
    ids = known.filter(pc.invert(gone))["object_id"].combine_chunks()
    objects = objects_as_of(store, ids, as_of=as_of)
    nodes = load_nodes(tables, encoder=encoder)
    return assemble(
        nodes=nodes,
        profiles=objects,
        intents=objects,
        popularity=popularity(tables, as_of=as_of, settings=settings.popularity),
        neighbours=cooccurrence(tables, as_of=as_of, settings=settings.neighbours),
        as_of=as_of,
        versions={
            "encoder": encoder.name,
            "intents": " ".join(IntentStore(tables).versions()),
            "nodes": str(len(nodes.labels)),
        },
    )
