"""How much lies at every node: the products of a category, and the content that points to a node."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.intents.linking.resolve_objects import ObjectIntents
from airloom.logs.contract import CONTENT

_CHUNK: Final = 65_536
"""Objects counted together, so that memory does not grow with their number."""


class Weights(NamedTuple):
    """Return one row per node; what lies at a node lies at all nodes above it too.

    Attributes:
        products: int64 [N], products of the category.
        listed: int64 [N], products that have the category as their finest.
        content: int64 [N], content objects that have a path through the node.
        confidence: float64 [N], of these paths, summed.
    """

    products: NDArray[np.int64]
    listed: NDArray[np.int64]
    content: NDArray[np.int64]
    confidence: NDArray[np.float64]


def weigh(intents: ObjectIntents, objects: pa.Table) -> Weights:
    """Count all objects, whether the page shows them or not.

    Args:
        intents: What `resolve_objects` gives.
        objects: object_id and domain of the same objects, sorted by object_id.
    """
    size = len(intents.nodes.labels)
    products, listed, content = (np.zeros(size, np.int64) for _ in range(3))
    weights = Weights(products, listed, content, np.zeros(size))
    rows = pc.index_in(intents.table["object_id"], value_set=objects["object_id"].combine_chunks())
    is_content = pc.equal(objects["domain"].take(rows), CONTENT)
    table = intents.table.select(["nodes", "lengths", "confidences"]).append_column("content", is_content)
    for batch in table.to_batches(max_chunksize=_CHUNK):
        _add(weights, batch)
    return weights


def _add(weights: Weights, batch: pa.RecordBatch) -> None:
    lengths = batch["lengths"].flatten().to_numpy()
    owner = np.repeat(pc.list_parent_indices(batch["lengths"]).to_numpy(), lengths)
    node = batch["nodes"].flatten().to_numpy()
    last = np.zeros(len(node), np.bool_)
    last[np.cumsum(lengths) - 1] = True
    content = batch["content"].to_numpy(zero_copy_only=False)[owner]
    size = len(weights.products)
    weights.products[:] += np.bincount(node[~content], minlength=size)
    weights.listed[:] += np.bincount(node[~content & last], minlength=size)
    pairs = np.sort(owner[content].astype(np.int64) * size + node[content])
    once = np.diff(pairs, prepend=-1) != 0
    weights.content[:] += np.bincount(pairs[once] % size, minlength=size)
    confidence = np.repeat(batch["confidences"].flatten().to_numpy(), lengths)
    weights.confidence[:] += np.bincount(node[content], confidence[content], minlength=size)
