"""Direct readings of whole histories in the coordinates of the stored vocabulary; the lake stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airloom.intents.encoding import EmbeddingCache
from airloom.intents.paths import IntentPath
from airloom.intents.vocabulary.induce import with_induced_categories
from airloom.intents.vocabulary.nodes import MAX_DEPTH, NO_NODE, Nodes
from airloom.intents.vocabulary.overrides import read_overrides
from airloom.intents.vocabulary.readings import Readings, read_labels
from airloom.intents.vocabulary.resolution import VocabularySettings
from airloom.intents.vocabulary.taxonomy import Taxonomy
from airloom.intents.vocabulary.vocabulary import Vocabulary
from airloom.logs.changes import latest_rows
from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake
from airloom.ranking.snapshot import ObjectPaths

_SPOKEN: Final = np.dtype([("reading", np.int64), ("labels", np.int64), ("confidence", np.float64)])


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
    walks = vocabulary.add_categories(taxonomy)
    labels = sorted({path.labels for reading in readings for path in reading})
    found = read_labels(
        labels,
        taxonomy=taxonomy,
        walks=walks,
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
    owners, keys, confidences = _merged(np.array(spoken, _SPOKEN), found)
    offsets = np.searchsorted(owners, np.arange(len(readings) + 1)).astype(np.int64)
    matrix = np.full((len(keys), MAX_DEPTH), NO_NODE, np.int32)
    for row, (need, category) in enumerate(keys.tolist()):
        walk = [node for node in (need, *nodes.walk(category)) if node != NO_NODE]
        matrix[row, : len(walk)] = walk
    return DirectPaths(nodes, ObjectPaths(offsets, matrix, confidences))


def _merged(
    spoken: NDArray[np.void], found: Readings
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Reading, (need, category) and confidence of every different resolved path, sorted by reading."""
    shares = found.shares[spoken["labels"]]
    path, part = np.nonzero(shares > 0)
    doubt = np.log1p(-np.clip(spoken["confidence"][path] * shares[path, part], 0.0, 1.0 - 1e-6))
    labels = spoken["labels"][path]
    keys = np.column_stack(
        [spoken["reading"][path], found.needs[labels, part], found.categories[labels, part]]
    )
    unique, places = np.unique(keys, axis=0, return_inverse=True)
    joined = -np.expm1(np.bincount(places.ravel(), doubt, minlength=len(unique)))
    return unique[:, 0], unique[:, 1:], joined.astype(np.float32)
