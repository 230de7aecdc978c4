"""From answers to node ids: the intent paths of every object in the coordinates of one node table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.intents.encoding import EmbeddingCache, TextEncoder
from airloom.intents.store import IntentStore
from airloom.intents.vocabulary.induce import with_induced_categories
from airloom.intents.vocabulary.nodes import NO_NODE, Nodes
from airloom.intents.vocabulary.readings import Labels, Readings, read_labels
from airloom.intents.vocabulary.taxonomy import MAX_LEVELS, CategoryPath, Taxonomy
from airloom.intents.vocabulary.vocabulary import Vocabulary
from airloom.logs.changes import latest_rows
from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake

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


@dataclass(frozen=True)
class VocabularySettings:
    """How labels become nodes. The defaults are the best of what docs/intents.md measures.

    Attributes:
        split: Leaf categories that one path may lead to.
        temperature: Of the softmax that divides a path's confidence among them.
        merge_needs_at: Cosine from which two needs are one node.
        max_paths: Paths of one object that are kept, strongest first.
    """

    split: int = 3
    temperature: float = 0.1
    merge_needs_at: float = 0.82
    max_paths: int = 9


class ObjectIntents(NamedTuple):
    """The node table, and what every object has to do with it.

    Attributes:
        nodes: All nodes known so far.
        table: `INTENTS_SCHEMA`, one row an object, sorted by object_id. A row's paths are written one after
            the other in `nodes`, coarse to fine, `lengths` of them; strongest first. A product has one path,
            its category, with confidence 1; an object without intents has none.
    """

    nodes: Nodes
    table: pa.Table


def resolve_objects(
    lake: Lake, *, as_of: date, encoder: TextEncoder, settings: VocabularySettings
) -> ObjectIntents:
    """Resolve the paths of every object known at the end of the day `as_of`; save the nodes that are new.

    Answers about several actions on one object are joined by the highest confidence; labels of one answer
    that lead to the same node support each other like independent signs: 1 - (1 - a)(1 - b).
    """
    cache = EmbeddingCache(lake, encoder)
    objects = latest_rows(lake, OBJECTS, as_of=as_of)
    objects = with_induced_categories(lake, objects, cache=cache, as_of=as_of)
    vocabulary = Vocabulary(lake, cache, merge_at=settings.merge_needs_at)
    taxonomy = Taxonomy.of(objects)
    walks = vocabulary.add_categories(taxonomy)

    answers = IntentStore(lake).read()
    answers = answers.filter(pc.is_in(answers["object_id"], value_set=objects["object_id"].combine_chunks()))
    labels, spoken = _spoken_paths(answers, objects)
    readings = read_labels(
        labels,
        taxonomy=taxonomy,
        walks=walks,
        vocabulary=vocabulary,
        cache=cache,
        split=settings.split,
        temperature=settings.temperature,
    )
    paths = pa.concat_tables([_content_paths(spoken, readings), _product_paths(taxonomy, walks)])
    vocabulary.save()
    table = _as_lists(objects["object_id"], _strongest(paths, settings.max_paths), walks)
    return ObjectIntents(vocabulary.nodes(), table)


def load_nodes(lake: Lake, *, encoder: TextEncoder) -> Nodes:
    """The node table as the last `resolve_objects` left it; embeddings come from the cache."""
    return Vocabulary(lake, EmbeddingCache(lake, encoder), merge_at=1.0).nodes()


def embed_titles(lake: Lake, objects: pa.Table, *, encoder: TextEncoder) -> pa.Table:
    """Columns object_id and embedding (fixed-size list of float32) for the titles, in order."""
    vectors = EmbeddingCache(lake, encoder).encode(objects["title"].to_pylist())
    values = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), encoder.dimension)
    return pa.table({"object_id": objects["object_id"], "embedding": values})


def _spoken_paths(answers: pa.Table, objects: pa.Table) -> tuple[list[Labels], pa.Table]:
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


def _content_paths(spoken: pa.Table, readings: Readings) -> pa.Table:
    """One row a resolved path of an object: object, need, category, confidence."""
    labels = spoken["labels"].to_numpy()
    shares = readings.shares[labels]
    path, part = np.nonzero(shares > 0)
    confidence = spoken["confidence"].to_numpy()[path] * shares[path, part]
    resolved = pa.table(
        {
            "atom": spoken["atom"].to_numpy()[path],
            "object": spoken["object"].to_numpy()[path],
            "need": readings.needs[labels][path],
            "category": readings.categories[labels][path, part],
            "doubt": np.log1p(-np.clip(confidence, 0.0, 1.0 - 1e-6)),
        }
    )
    # one thread: a sum of floats depends on its order
    by_atom = resolved.group_by(["atom", *_PATH], use_threads=False).aggregate([("doubt", "sum")])
    joined = by_atom.group_by(list(_PATH), use_threads=False).aggregate([("doubt_sum", "min")])
    sure = -np.expm1(joined["doubt_sum_min"].to_numpy())
    return joined.select(list(_PATH)).append_column("confidence", pa.array(sure))


def _product_paths(taxonomy: Taxonomy, walks: Mapping[CategoryPath, Sequence[int]]) -> pa.Table:
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


def _strongest(paths: pa.Table, count: int) -> pa.Table:
    """At most `count` paths an object, sorted by object and falling confidence."""
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


def _as_lists(
    object_ids: pa.ChunkedArray, paths: pa.Table, walks: Mapping[CategoryPath, Sequence[int]]
) -> pa.Table:
    """Fold the paths, sorted by object, into one row an object (`INTENTS_SCHEMA`)."""
    down = np.full((1 + max((walk[-1] for walk in walks.values() if walk), default=0), MAX_LEVELS), NO_NODE)
    for walk in walks.values():
        if walk:
            down[walk[-1], : len(walk)] = walk
    category = paths["category"].to_numpy()
    below = np.where(category[:, None] == NO_NODE, NO_NODE, down[category])
    matrix = np.column_stack([paths["need"].to_numpy(), below]).astype(np.int64)
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
