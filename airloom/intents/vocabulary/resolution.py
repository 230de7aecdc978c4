"""From answers to node ids: the intent paths of every object in the coordinates of one node table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airloom.intents.encoding import EmbeddingCache, TextEncoder
from airloom.intents.store import IntentStore
from airloom.intents.vocabulary.anchors import Labels
from airloom.intents.vocabulary.folding import (
    as_lists,
    content_paths,
    product_paths,
    spoken_paths,
    strongest,
)
from airloom.intents.vocabulary.induce import with_induced_categories
from airloom.intents.vocabulary.merges import merges_of, write_merges
from airloom.intents.vocabulary.nodes import Nodes
from airloom.intents.vocabulary.overrides import read_overrides
from airloom.intents.vocabulary.readings import Readings, read_labels
from airloom.intents.vocabulary.taxonomy import Taxonomy
from airloom.intents.vocabulary.vocabulary import Vocabulary
from airloom.logs.changes import latest_rows
from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake


@dataclass(frozen=True)
class VocabularySettings:
    """How labels become nodes. The defaults are the best of what docs/measurements/intents.md measures.

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
            the other in `nodes`, coarse to fine, `lengths` of them; strongest first. A product's first path
            is its category, with confidence 1; an object without intents has none.
        merges: `MERGES_SCHEMA`, where every label leads and why.
        labels: The different sequences of labels in the answers, normalised.
        readings: Where each of them leads.
    """

    nodes: Nodes
    table: pa.Table
    merges: pa.Table
    labels: list[Labels]
    readings: Readings


def resolve_objects(
    lake: Lake, *, through: date, encoder: TextEncoder, settings: VocabularySettings, save: bool = True
) -> ObjectIntents:
    """Resolve the paths of every object known at the end of the day `through`.

    Answers about several actions on one object are joined by the highest confidence; labels of one answer
    that lead to the same node support each other like independent signs: 1 - (1 - a)(1 - b).

    Nodes that are new are saved, and the report of merges is written for a person (`write_merges`), unless
    this is only to look at: then ids of new nodes are not given for good.

    Raises:
        AirloomError: The overrides cannot be followed; nothing is saved then.
    """
    cache = EmbeddingCache(lake, encoder)
    overrides = read_overrides(lake)
    objects = latest_rows(lake, OBJECTS, through=through)
    objects = with_induced_categories(lake, objects, cache=cache, through=through)
    vocabulary = Vocabulary(lake, cache, merge_at=settings.merge_needs_at)
    taxonomy = Taxonomy.of(objects)
    walks = vocabulary.add_categories(taxonomy)

    answers = IntentStore(lake).read(("atom_id", "object_id", "paths"))
    ids = objects["object_id"].combine_chunks()
    answers = answers.filter(pc.is_in(answers["object_id"], value_set=ids))
    labels, spoken = spoken_paths(answers, objects)
    readings = read_labels(
        labels,
        taxonomy=taxonomy,
        walks=walks,
        vocabulary=vocabulary,
        overrides=overrides,
        cache=cache,
        split=settings.split,
        temperature=settings.temperature,
    )
    paths = pa.concat_tables([content_paths(spoken, readings), product_paths(taxonomy, walks)])
    merges = merges_of(
        labels,
        readings,
        counts=np.bincount(spoken["labels"].to_numpy(), minlength=len(labels)),
        vocabulary=vocabulary,
        overrides=overrides,
        cache=cache,
    )
    if save:
        vocabulary.save()
        write_merges(lake, merges)
    nodes = vocabulary.nodes()
    table = as_lists(objects["object_id"], strongest(paths, settings.max_paths), nodes)
    return ObjectIntents(nodes, table, merges, labels, readings)


def load_nodes(lake: Lake, *, encoder: TextEncoder) -> Nodes:
    """The node table as the last `resolve_objects` left it; embeddings come from the cache."""
    return Vocabulary(lake, EmbeddingCache(lake, encoder), merge_at=1.0).nodes()


def embed_titles(lake: Lake, objects: pa.Table, *, encoder: TextEncoder) -> pa.Table:
    """Columns object_id and embedding (fixed-size list of float32) for the titles, in order."""
    vectors = EmbeddingCache(lake, encoder).encode(objects["title"].to_pylist())
    values = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), encoder.dimension)
    return pa.table({"object_id": objects["object_id"], "embedding": values})
