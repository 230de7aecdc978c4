"""Links the stored answers: the intent paths of every object, as nodes of one table."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airloom.intents.encoding import EmbeddingCache, TextEncoder
from airloom.intents.linking.induced_categories import with_induced_categories
from airloom.intents.linking.linked_labels import LinkedLabels, link_labels
from airloom.intents.linking.merge_report import merge_report, write_merge_report
from airloom.intents.linking.nodes import Nodes
from airloom.intents.linking.object_paths import as_lists, content_paths, product_paths, strongest
from airloom.intents.linking.overrides import read_overrides
from airloom.intents.linking.parsed_paths import Labels, parse_stored
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.linking.taxonomy import Taxonomy
from airloom.intents.linking.vocabulary import Vocabulary
from airloom.intents.store import IntentStore
from airloom.logs.changes import latest_rows
from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake


class ObjectIntents(NamedTuple):
    """The node table, and the paths of every object through it.

    Attributes:
        nodes: All nodes known so far.
        table: `INTENTS_SCHEMA`, one row an object, sorted by object_id. A product's first path is its
            category, with confidence 1; an object without intents has no path.
        merge_report: `MERGE_REPORT_SCHEMA`, where every label leads and why.
        labels: The different sequences of labels in the answers, normalized.
        linked: What each of them is linked to.
    """

    nodes: Nodes
    table: pa.Table
    merge_report: pa.Table
    labels: list[Labels]
    linked: LinkedLabels


def resolve_objects(
    lake: Lake, *, through: date, encoder: TextEncoder, settings: LinkingSettings, save: bool = True
) -> ObjectIntents:
    """Resolve the paths of every object known at the end of the day `through`.

    Nodes that are new are saved, and the merge report is written for a person (`write_merge_report`), unless
    `save` is false: then the ids of new nodes are only for looking at them.

    Raises:
        AirloomError: The overrides cannot be followed; nothing is saved then.
    """
    cache = EmbeddingCache(lake, encoder)
    overrides = read_overrides(lake)
    objects = latest_rows(lake, OBJECTS, through=through)
    objects = with_induced_categories(lake, objects, cache=cache, through=through)
    vocabulary = Vocabulary(lake, cache, merge_at=settings.merge_needs_at)
    tree = vocabulary.add_categories(Taxonomy.of(objects))

    answers = IntentStore(lake).read(("atom_id", "object_id", "paths"))
    ids = objects["object_id"].combine_chunks()
    parsed = parse_stored(answers.filter(pc.is_in(answers["object_id"], value_set=ids)), objects)
    linked = link_labels(
        parsed.labels, tree=tree, vocabulary=vocabulary, overrides=overrides, cache=cache, settings=settings
    )
    paths = pa.concat_tables([content_paths(parsed.paths, linked), product_paths(tree)])
    report = merge_report(
        parsed.labels,
        linked,
        counts=np.bincount(parsed.paths["labels"].to_numpy(), minlength=len(parsed.labels)),
        vocabulary=vocabulary,
        overrides=overrides,
        cache=cache,
    )
    if save:
        vocabulary.save()
        write_merge_report(lake, report)
    nodes = vocabulary.nodes()
    table = as_lists(objects["object_id"], strongest(paths, settings.max_paths), nodes)
    return ObjectIntents(nodes, table, report, parsed.labels, linked)
