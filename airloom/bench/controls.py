"""Controls: snapshots without intents, or with titles in their place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from airloom.intents.linking.nodes import MAX_DEPTH, NEED, NO_NODE, Nodes
from airloom.ranking.catalogue import top_categories
from airloom.ranking.snapshot import ObjectPaths, Snapshot


def without_intents(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot without intents: no object has a path or a category below its domain."""
    tops = top_categories(snapshot)
    count = len(tops)
    paths = ObjectPaths(
        np.zeros(count + 1, np.int64), np.empty((0, MAX_DEPTH), np.int32), np.empty(0, np.float32)
    )
    return replace(snapshot, paths=paths, objects=snapshot.objects._replace(leaves=tops))


def titles_as_intents(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot in which the intent of every object is its title's embedding: one node an object."""
    objects, nodes = snapshot.objects, snapshot.nodes
    tops = top_categories(snapshot)
    node_count, count = len(nodes.labels), len(objects.ids)
    title_nodes = np.arange(node_count, node_count + count, dtype=np.int32)
    both = Nodes(
        [*nodes.labels, *objects.titles],
        np.concatenate([nodes.parents, tops]).astype(np.int32),
        np.concatenate([nodes.levels, np.where(tops == NO_NODE, 0, 1)]).astype(np.int8),
        np.concatenate([nodes.kinds, np.full(count, NEED)]).astype(np.int8),
        np.concatenate([nodes.embeddings, objects.embeddings]),
    )
    node_paths = np.full((count, MAX_DEPTH), NO_NODE, np.int32)
    node_paths[:, 0] = title_nodes
    paths = ObjectPaths(np.arange(count + 1), node_paths, np.ones(count, np.float32))
    texts = snapshot.texts
    return replace(
        snapshot,
        nodes=both,
        texts=texts._replace(nodes=np.concatenate([texts.nodes, texts.objects])),
        paths=paths,
        objects=objects._replace(leaves=tops),
    )
