"""Direct readings of whole histories in the coordinates of the stored vocabulary; the lake stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from airloom.intents.encoding import EmbeddingCache
from airloom.intents.paths import IntentPath
from airloom.intents.vocabulary.folding import content_paths, walks
from airloom.intents.vocabulary.induce import with_induced_categories
from airloom.intents.vocabulary.nodes import Nodes
from airloom.intents.vocabulary.overrides import read_overrides
from airloom.intents.vocabulary.readings import read_labels
from airloom.intents.vocabulary.resolution import VocabularySettings
from airloom.intents.vocabulary.taxonomy import Taxonomy
from airloom.intents.vocabulary.vocabulary import Vocabulary
from airloom.logs.changes import latest_rows
from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake
from airloom.ranking.snapshot import ObjectPaths


class DirectPaths(NamedTuple):
    """What every reading leads to.

    Attributes:
        nodes: The stored nodes, and after them the needs that only these readings name. No tree that is grown
            from a snapshot holds those.
        paths: The resolved paths of reading r, in the rows `offsets[r]:offsets[r + 1]`.
    """

    nodes: Nodes
    paths: ObjectPaths


def merchant_objects(lake: Lake, cache: EmbeddingCache, *, day: date) -> pa.Table:
    """The objects at the end of `day` with the category tree that answers are resolved against."""
    return with_induced_categories(lake, latest_rows(lake, OBJECTS, as_of=day), cache=cache, as_of=day)


def direct_paths(
    lake: Lake,
    readings: Sequence[tuple[IntentPath, ...]],
    *,
    objects: pa.Table,
    cache: EmbeddingCache,
    settings: VocabularySettings,
) -> DirectPaths:
    """Resolve readings as answers about objects are resolved; nothing is written.

    Labels of one reading that lead to the same node support each other like independent signs:
    1 - (1 - a)(1 - b). All resolved paths are kept, however many.

    Args:
        lake: Holds the node table.
        readings: The paths that a reader gave, one tuple a history.
        objects: See `merchant_objects`.
        cache: Encodes labels.
        settings: How labels become nodes; those of the daily run, or the two sides are not comparable.
    """
    vocabulary = Vocabulary(lake, cache, merge_at=settings.merge_needs_at)
    taxonomy = Taxonomy.of(objects)
    categories = vocabulary.add_categories(taxonomy)
    labels = sorted({path.labels for reading in readings for path in reading})
    found = read_labels(
        labels,
        taxonomy=taxonomy,
        walks=categories,
        vocabulary=vocabulary,
        overrides=read_overrides(lake),
        cache=cache,
        split=settings.split,
        temperature=settings.temperature,
    )
    nodes = vocabulary.nodes()
    rows = {path: row for row, path in enumerate(labels)}
    spoken = [
        (number, rows[path.labels], path.confidence)
        for number, reading in enumerate(readings)
        for path in reading
    ]
    owners, numbers, confidences = np.array(spoken, np.float64).reshape(-1, 3).T
    said = {
        "atom": owners.astype(np.int64),  # a reading is one answer about one thing
        "object": owners.astype(np.int64),
        "labels": numbers.astype(np.int64),
        "confidence": confidences,
    }
    paths = content_paths(pa.table(said), found).sort_by(
        [("object", "ascending"), ("need", "ascending"), ("category", "ascending")]
    )
    offsets = np.searchsorted(paths["object"].to_numpy(), np.arange(len(readings) + 1)).astype(np.int64)
    matrix = walks(paths["need"].to_numpy(), paths["category"].to_numpy(), nodes).astype(np.int32)
    return DirectPaths(nodes, ObjectPaths(offsets, matrix, paths["confidence"].to_numpy().astype(np.float32)))
