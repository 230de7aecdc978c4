"""Stage 5: the paths of every object: linked labels joined by node, the strongest kept."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airloom.intents.linking.linked_labels import LinkedLabels
from airloom.intents.linking.nodes import MAX_DEPTH, NO_NODE, Nodes
from airloom.intents.linking.taxonomy import MAX_LEVELS
from airloom.intents.linking.vocabulary import CategoryTree

INTENTS_SCHEMA: Final = pa.schema(
    [
        ("object_id", pa.string()),
        ("nodes", pa.list_(pa.int64())),
        ("lengths", pa.list_(pa.int64())),
        ("confidences", pa.list_(pa.float32())),
    ]
)
"""One row an object. Its paths are written one after the other in `nodes`, coarse to fine, `lengths` of them;
strongest first."""

_PATH: Final = ("object", "need", "category")


def content_paths(parsed: pa.Table, linked: LinkedLabels) -> pa.Table:
    """Return one row per path of an object: object, need, category, confidence.

    Labels of one answer that link to the same nodes support each other like independent signs (noisy-or,
    1 - (1 - a)(1 - b)); of several answers about an object the highest confidence counts.

    Args:
        parsed: `PARSED_SCHEMA`.
        linked: What its labels mean.
    """
    labels = parsed["labels"].to_numpy()
    shares = linked.shares[labels]
    path, column = np.nonzero(shares > 0)
    confidence = parsed["confidence"].to_numpy()[path] * shares[path, column]
    resolved = pa.table(
        {
            "atom": parsed["atom"].to_numpy()[path],
            "object": parsed["object"].to_numpy()[path],
            "need": linked.needs[labels][path, column],
            "category": linked.categories[labels][path, column],
            "log_doubt": np.log1p(-np.clip(confidence, 0.0, 1.0 - 1e-6)),
        }
    )
    # one thread: a sum of floats depends on its order
    by_atom = resolved.group_by(["atom", *_PATH], use_threads=False).aggregate([("log_doubt", "sum")])
    joined = by_atom.group_by(list(_PATH), use_threads=False).aggregate([("log_doubt_sum", "min")])
    noisy_or = -np.expm1(joined["log_doubt_sum_min"].to_numpy())
    return joined.select(list(_PATH)).append_column("confidence", pa.array(noisy_or))


def product_paths(tree: CategoryTree) -> pa.Table:
    """Return the same columns for products: the category that each belongs to, without a need."""
    leaf_of = tree.taxonomy.leaf_of
    leaf_nodes = np.array([tree.node_paths[path][-1] for path in tree.taxonomy.leaves], np.int64)
    products = np.flatnonzero(leaf_of >= 0)
    columns = {
        "object": products,
        "need": np.full(len(products), NO_NODE, np.int64),
        "category": leaf_nodes[leaf_of[products]],
        "confidence": np.ones(len(products)),
    }
    return pa.table(columns)


def strongest(paths: pa.Table, count: int) -> pa.Table:
    """Return at most `count` different paths an object, sorted by object and falling confidence."""
    unique = paths.group_by(list(_PATH), use_threads=False).aggregate([("confidence", "max")])
    paths = unique.rename_columns([*_PATH, "confidence"])
    paths = paths.sort_by(
        [
            ("object", "ascending"),
            ("confidence", "descending"),
            ("need", "ascending"),
            ("category", "ascending"),
        ]
    )
    owner = paths["object"].to_numpy()
    rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
    return paths.filter(pa.array(rank < count))


def as_lists(object_ids: pa.ChunkedArray, paths: pa.Table, nodes: Nodes) -> pa.Table:
    """Return the paths, sorted by object, as one row an object (`INTENTS_SCHEMA`)."""
    matrix = path_matrix(paths["need"].to_numpy(), paths["category"].to_numpy(), nodes)
    lengths = (matrix != NO_NODE).sum(axis=1)
    starts = np.searchsorted(paths["object"].to_numpy(), np.arange(len(object_ids) + 1))
    node_starts = np.concatenate([[0], np.cumsum(lengths)])[starts]

    def lists(offsets: NDArray[np.int64], values: pa.Array) -> pa.Array:
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)

    columns = [
        object_ids,
        lists(node_starts, pa.array(matrix[matrix != NO_NODE])),
        lists(starts, pa.array(lengths, pa.int64())),
        lists(starts, paths["confidence"].cast(pa.float32()).combine_chunks()),
    ]
    return pa.table(columns, schema=INTENTS_SCHEMA)


def path_matrix(needs: NDArray[np.int64], categories: NDArray[np.int64], nodes: Nodes) -> NDArray[np.int64]:
    """Return int64 [P, MAX_DEPTH]: nodes down to the category, the need after its parent, -1 as padding."""
    unique, inverse = np.unique(categories, return_inverse=True)
    of_unique = np.full((len(unique), MAX_LEVELS), NO_NODE, np.int64)
    for row, category in enumerate(unique.tolist()):
        path = nodes.path_to(category)
        of_unique[row, : len(path)] = path
    category_paths = of_unique[inverse]
    level = np.where(needs == NO_NODE, MAX_DEPTH, nodes.levels[needs])[:, None]
    column = np.arange(MAX_DEPTH)
    padding = np.full((len(needs), 1), NO_NODE)
    coarser, finer = np.hstack([category_paths, padding]), np.hstack([padding, category_paths])
    return np.where(column < level, coarser, np.where(column == level, needs[:, None], finer))
