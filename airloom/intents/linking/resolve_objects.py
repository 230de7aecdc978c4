"""From answers to node ids: the intent paths of every object in the coordinates of one node table."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airloom.intents.encoding import EmbeddingCache, TextEncoder
from airloom.intents.linking.category_prefix import Labels
from airloom.intents.linking.induced_categories import with_induced_categories
from airloom.intents.linking.linked_labels import Readings, read_labels
from airloom.intents.linking.merge_report import merges_of, write_merges
from airloom.intents.linking.nodes import Nodes
from airloom.intents.linking.object_paths import (
    as_lists,
    content_paths,
    product_paths,
    spoken_paths,
    strongest,
)
from airloom.intents.linking.overrides import read_overrides
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.linking.taxonomy import Taxonomy
from airloom.intents.linking.vocabulary import Vocabulary
from airloom.intents.store import IntentStore
from airloom.logs.changes import latest_rows
from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake


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
    lake: Lake, *, through: date, encoder: TextEncoder, settings: LinkingSettings, save: bool = True
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
