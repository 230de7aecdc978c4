"""A snapshot of the sample world's shop that knows its catalogue only; not every product is on sale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from airloom.intents.linking.nodes import Nodes
from airloom.knowledge.edges import CATEGORY, EDGES, MERCHANT
from airloom.ranking.attribute_graph import attribute_graph
from airloom.ranking.snapshot import Neighbors, ObjectPaths, Objects, Snapshot
from airloom.ranking.texts import Texts
from airloom.simulation.catalogue import load_catalogue
from airloom.timestamps import EpochSeconds


def world_snapshot(titles: Sequence[str] | None = None) -> Snapshot:
    """Return the snapshot; with other titles it is another shop's."""
    catalogue = load_catalogue()
    count = len(catalogue.product_ids)
    edges = [
        (product, CATEGORY, catalogue.leaves[leaf][-1].lower(), MERCHANT, 1.0)
        for product, leaf in zip(catalogue.product_ids, catalogue.product_leaves.tolist(), strict=True)
    ]
    table = pa.Table.from_pylist([dict(zip(EDGES.names, edge, strict=True)) for edge in edges], EDGES)
    no_vectors, none = np.zeros((count, 1), np.float32), np.empty(0, np.int32)
    offsets = np.zeros(count + 1, np.int64)
    objects = Objects(
        list(catalogue.product_ids),
        list(titles or catalogue.product_titles),
        np.ones(count, np.bool_),
        np.arange(count) % 7 != 0,
        np.full(count, -1, np.int32),
        catalogue.prices.astype(np.float32),
        np.arange(count, dtype=np.float32),
        no_vectors,
    )
    return Snapshot(
        Nodes([], none, none.astype(np.int8), none.astype(np.int8), no_vectors[:0]),
        objects,
        Texts(np.ones((1, 1), np.float32), no_vectors, no_vectors[:0]),
        ObjectPaths(offsets, np.empty((0, 1), np.int32), np.empty(0, np.float32)),
        Neighbors(offsets, none, np.empty(0, np.float32)),
        before=EpochSeconds(0),
        versions={},
        attributes=attribute_graph(table, pa.array(objects.ids)),
    )
