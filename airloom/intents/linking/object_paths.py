"""Answers folded into the paths of every object: each place reached once, the strongest kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.intents.linking.category_prefix import Labels
from airloom.intents.linking.linked_labels import Readings
from airloom.intents.linking.nodes import MAX_DEPTH, NO_NODE, Nodes
from airloom.intents.linking.taxonomy import MAX_LEVELS, CategoryPath, Taxonomy

INTENTS_SCHEMA: Final = pa.schema(
    [
        ("object_id", pa.string()),
        ("nodes", pa.list_(pa.int64())),
        ("lengths", pa.list_(pa.int64())),
        ("confidences", pa.list_(pa.float32())),
    ]
)

_PATH: Final = ("object", "need", "category")
_SEPARATOR: Final = "\x1f"
"""Joins labels; a normalised label holds no control character."""


def spoken_paths(answers: pa.Table, objects: pa.Table) -> tuple[list[Labels], pa.Table]:
    """The different label sequences, and one row a path: atom, object, labels (row numbers), confidence."""
    lists = answers["paths"].combine_chunks()
    atoms = pc.list_parent_indices(lists)
    rows = pc.index_in(answers["object_id"].combine_chunks(), value_set=objects["object_id"].combine_chunks())
    flat = lists.flatten()
    joined = pc.binary_join(flat.field("labels"), _SEPARATOR).dictionary_encode()
    labels = [tuple(text.split(_SEPARATOR)) for text in joined.dictionary.to_pylist()]
    columns = {
        "atom": atoms.cast(pa.int64()),
        "object": rows.take(atoms).cast(pa.int64()),
        "labels": joined.indices.cast(pa.int64()),
        "confidence": flat.field("confidence").cast(pa.float64()),
    }
    return labels, pa.table(columns)


def content_paths(spoken: pa.Table, readings: Readings) -> pa.Table:
    """One row a resolved path of an object: object, need, category, confidence."""
    labels = spoken["labels"].to_numpy()
    shares = readings.shares[labels]
    path, part = np.nonzero(shares > 0)
    confidence = spoken["confidence"].to_numpy()[path] * shares[path, part]
    resolved = pa.table(
        {
            "atom": spoken["atom"].to_numpy()[path],
            "object": spoken["object"].to_numpy()[path],
            "need": readings.needs[labels][path, part],
            "category": readings.categories[labels][path, part],
            "doubt": np.log1p(-np.clip(confidence, 0.0, 1.0 - 1e-6)),
        }
    )
    # one thread: a sum of floats depends on its order
    by_atom = resolved.group_by(["atom", *_PATH], use_threads=False).aggregate([("doubt", "sum")])
    joined = by_atom.group_by(list(_PATH), use_threads=False).aggregate([("doubt_sum", "min")])
    sure = -np.expm1(joined["doubt_sum_min"].to_numpy())
    return joined.select(list(_PATH)).append_column("confidence", pa.array(sure))


def product_paths(taxonomy: Taxonomy, walks: Mapping[CategoryPath, Sequence[int]]) -> pa.Table:
    """The same columns for products: the category that each belongs to, without a need."""
    leaf_nodes = np.array([walks[path][-1] for path in taxonomy.leaves], np.int64)
    products = np.flatnonzero(taxonomy.leaf_of >= 0)
    columns = {
        "object": products,
        "need": np.full(len(products), NO_NODE, np.int64),
        "category": leaf_nodes[taxonomy.leaf_of[products]],
        "confidence": np.ones(len(products)),
    }
    return pa.table(columns)


def strongest(paths: pa.Table, count: int) -> pa.Table:
    """At most `count` different paths an object, sorted by object and falling confidence."""
    said = paths.group_by(list(_PATH), use_threads=False).aggregate([("confidence", "max")])
    paths = said.rename_columns([*_PATH, "confidence"])
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
    """Fold the paths, sorted by object, into one row an object (`INTENTS_SCHEMA`)."""
    matrix = walks(paths["need"].to_numpy(), paths["category"].to_numpy(), nodes)
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


def walks(needs: NDArray[np.int64], categories: NDArray[np.int64], nodes: Nodes) -> NDArray[np.int64]:
    """int64 [P, MAX_DEPTH]: down to the category, with the need after its parent; -1 where nothing is."""
    known, place = np.unique(categories, return_inverse=True)
    down = np.full((len(known), MAX_LEVELS), NO_NODE, np.int64)
    for row, category in enumerate(known.tolist()):
        walk = nodes.walk(category)
        down[row, : len(walk)] = walk
    below = down[place]
    level = np.where(needs == NO_NODE, MAX_DEPTH, nodes.levels[needs])[:, None]
    column = np.arange(MAX_DEPTH)
    nothing = np.full((len(needs), 1), NO_NODE)
    coarser, finer = np.hstack([below, nothing]), np.hstack([nothing, below])
    return np.where(column < level, coarser, np.where(column == level, needs[:, None], finer))
