"""Answers that no store holds, in the coordinates of the stored vocabulary; the lake stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from airloom.intents.encoding import EmbeddingCache
from airloom.intents.linking.linked_labels import read_labels
from airloom.intents.linking.nodes import Nodes
from airloom.intents.linking.object_paths import content_paths
from airloom.intents.linking.overrides import read_overrides
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.linking.taxonomy import Taxonomy
from airloom.intents.linking.vocabulary import Vocabulary
from airloom.intents.paths import IntentPath
from airloom.logs.lake import Lake


class Unstored(NamedTuple):
    """What answers lead to.

    Attributes:
        nodes: The stored nodes, and after them the needs that only these answers name.
        paths: One row a resolved path: object (the answer's number), need, category, confidence; sorted.
    """

    nodes: Nodes
    paths: pa.Table


def resolve_unstored(
    lake: Lake,
    answers: Sequence[tuple[IntentPath, ...]],
    *,
    objects: pa.Table,
    cache: EmbeddingCache,
    settings: LinkingSettings,
) -> Unstored:
    """Resolve answers as those of the store are resolved; nothing is written.

    Labels of one answer that lead to the same node support each other like independent signs:
    1 - (1 - a)(1 - b). All resolved paths are kept, however many.

    Args:
        lake: Holds the node table.
        answers: The paths of each.
        objects: Draw the category tree, with induced categories.
        cache: Encodes labels.
        settings: How labels become nodes.
    """
    vocabulary = Vocabulary(lake, cache, merge_at=settings.merge_needs_at)
    taxonomy = Taxonomy.of(objects)
    categories = vocabulary.add_categories(taxonomy)
    labels = sorted({path.labels for answer in answers for path in answer})
    readings = read_labels(
        labels,
        taxonomy=taxonomy,
        walks=categories,
        vocabulary=vocabulary,
        overrides=read_overrides(lake),
        cache=cache,
        split=settings.split,
        temperature=settings.temperature,
    )
    rows = {path: row for row, path in enumerate(labels)}
    spoken = [
        (number, rows[path.labels], path.confidence)
        for number, answer in enumerate(answers)
        for path in answer
    ]
    owners, numbers, confidences = np.array(spoken, np.float64).reshape(-1, 3).T
    said = {
        "atom": owners.astype(np.int64),  # an answer is about one thing
        "object": owners.astype(np.int64),
        "labels": numbers.astype(np.int64),
        "confidence": confidences,
    }
    paths = content_paths(pa.table(said), readings)
    order = [(name, "ascending") for name in ("object", "need", "category")]
    return Unstored(vocabulary.nodes(), paths.sort_by(order))
