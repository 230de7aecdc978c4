"""Links answers that no store holds to the stored node table; nothing is written to the lake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa

from airloom.intents.encoding import EmbeddingCache
from airloom.intents.linking.linked_labels import link_labels
from airloom.intents.linking.nodes import Nodes
from airloom.intents.linking.object_paths import content_paths
from airloom.intents.linking.overrides import read_overrides
from airloom.intents.linking.parsed_paths import parse_in_memory
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.linking.taxonomy import Taxonomy
from airloom.intents.linking.vocabulary import Vocabulary
from airloom.intents.paths import IntentPaths
from airloom.logs.lake import Lake


class ResolvedAnswers(NamedTuple):
    """The nodes that answers link to.

    Attributes:
        nodes: The stored nodes, and after them the needs that only these answers name.
        paths: One row per resolved path: object (the answer's number), need, category, confidence; sorted.
    """

    nodes: Nodes
    paths: pa.Table


def resolve_in_memory(
    lake: Lake,
    answers: Sequence[IntentPaths],
    *,
    objects: pa.Table,
    cache: EmbeddingCache,
    settings: LinkingSettings,
) -> ResolvedAnswers:
    """Resolve answers as those of the store are resolved; all resolved paths are kept, however many.

    Args:
        lake: Holds the node table.
        answers: The paths of each.
        objects: Products, with induced categories: their paths make the category tree.
        cache: Encodes labels.
        settings: How labels become nodes.
    """
    vocabulary = Vocabulary(lake, cache, merge_at=settings.merge_needs_at)
    tree = vocabulary.add_categories(Taxonomy.of(objects))
    parsed = parse_in_memory(answers)
    linked = link_labels(
        parsed.labels,
        tree=tree,
        vocabulary=vocabulary,
        overrides=read_overrides(lake),
        cache=cache,
        settings=settings,
    )
    paths = content_paths(parsed.paths, linked)
    order = [(name, "ascending") for name in ("object", "need", "category")]
    return ResolvedAnswers(vocabulary.nodes(), paths.sort_by(order))
