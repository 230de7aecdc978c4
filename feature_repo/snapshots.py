"""The snapshot of a moment, read from Feast: training and serving use the same function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc
from feast import FeatureStore

from airloom.intents.encoding import EmbeddingCache, TextEncoder
from airloom.intents.linking.vocabulary import load_nodes
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.intents.store import IntentStore
from airloom.knowledge.aliases import Alias, read_aliases
from airloom.knowledge.build_cards import read_cards
from airloom.knowledge.card_text import embed_cards
from airloom.knowledge.edges import edges_of
from airloom.logs.changes import latest_rows
from airloom.logs.contract import OBJECTS, TIMESTAMP
from airloom.logs.currency import shop_currency
from airloom.logs.lake import Lake
from airloom.ranking.assemble import assemble
from airloom.ranking.attribute_graph import attribute_graph
from airloom.ranking.snapshot import Snapshot
from airloom.statistics.cooccurrence import cooccurrence
from airloom.statistics.popularity import popularity
from airloom.timestamps import EpochSeconds, last_day_before, to_datetime
from feature_repo.offline import objects_before
from feature_repo.snapshot_settings import SnapshotSettings


def snapshot_before(
    store: FeatureStore,
    *,
    lake: str,
    before: EpochSeconds,
    settings: SnapshotSettings,
    encoder: TextEncoder | None = None,
    aliases: Sequence[Alias] | None = None,
) -> Snapshot:
    """Build the snapshot that could have served at a moment; it is not saved.

    Object features come from Feast, popularity and neighbors from the clean events, knowledge cards from the
    newest day that has any, and what else is said about products from the catalogue. Nothing of it was
    delivered or done at `before` or later; only aliases of values are those of now. Node ids mean the same in
    every snapshot of a lake.

    Args:
        store: Registered and built for the days earlier than `before`.
        lake: Root of the lake.
        before: The first second that the snapshot does not know.
        settings: How to count.
        encoder: The one that features were built with; by default the sentence encoder.
        aliases: Other words for values; by default those of the lake.

    Raises:
        AirloomError: The file of aliases cannot be followed.
    """
    tables = Lake(lake)
    encoder = encoder or SentenceEncoder()
    last = last_day_before(before)
    known = latest_rows(tables, OBJECTS, through=last)
    oldest = to_datetime(before) - timedelta(days=settings.retired_days)
    gone = pc.fill_null(pc.less(known["retired_at"], pa.scalar(oldest, TIMESTAMP)), fill_value=False)
    ids = known.filter(pc.invert(gone))["object_id"].combine_chunks()
    objects = objects_before(store, ids, before=before)
    nodes = load_nodes(tables, encoder=encoder)
    claims = read_cards(tables, through=last)
    cards = embed_cards(claims, objects, encoder=EmbeddingCache(tables, encoder)) if settings.cards else None
    made = assemble(
        nodes=nodes,
        profiles=objects,
        intents=objects,
        popularity=popularity(tables, before=before, settings=settings.popularity),
        neighbors=cooccurrence(tables, before=before, settings=settings.neighbors),
        before=before,
        versions={
            "encoder": encoder.name,
            "intents": " ".join(IntentStore(tables).versions()),
            "nodes": str(len(nodes.labels)),
        },
        cards=cards,
    )
    words = read_aliases(tables) if aliases is None else aliases
    graph = attribute_graph(edges_of(known, claims), pa.array(made.objects.ids), words)
    return replace(made, attributes=graph, currency=shop_currency(tables, through=last))
