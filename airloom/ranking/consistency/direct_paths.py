"""Readings of whole histories linked to the stored nodes; the lake is not changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from airloom.intents.encoding import EmbeddingCache
from airloom.intents.linking.induced_categories import with_induced_categories
from airloom.intents.linking.nodes import Nodes
from airloom.intents.linking.object_paths import path_matrix
from airloom.intents.linking.resolve_in_memory import resolve_in_memory
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.paths import IntentPath
from airloom.logs.changes import latest_rows
from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake
from airloom.ranking.snapshot import ObjectPaths


class DirectPaths(NamedTuple):
    """The nodes and paths of all readings.

    Attributes:
        nodes: The stored nodes, and after them the needs that only these readings name; no tree built
            from a snapshot contains those.
        paths: The resolved paths of reading r, in the rows `offsets[r]:offsets[r + 1]`.
    """

    nodes: Nodes
    paths: ObjectPaths


def merchant_objects(lake: Lake, cache: EmbeddingCache, *, day: date) -> pa.Table:
    """Return the objects at the end of `day` with the category tree that answers are resolved against."""
    return with_induced_categories(lake, latest_rows(lake, OBJECTS, through=day), cache=cache, through=day)


def direct_paths(
    lake: Lake,
    readings: Sequence[tuple[IntentPath, ...]],
    *,
    objects: pa.Table,
    cache: EmbeddingCache,
    settings: LinkingSettings,
) -> DirectPaths:
    """Return the nodes and paths of readings, linked like answers about objects; nothing is written.

    Labels of one reading that link to the same node are combined by a noisy-or: 1 - (1 - a)(1 - b). All
    resolved paths are kept, whatever their number.

    Args:
        lake: Holds the node table.
        readings: The paths that a reader gave, one tuple a history.
        objects: See `merchant_objects`.
        cache: Encodes labels.
        settings: How labels become nodes; those of the daily run, or the two sides are not comparable.
    """
    nodes, paths = resolve_in_memory(lake, readings, objects=objects, cache=cache, settings=settings)
    offsets = np.searchsorted(paths["object"].to_numpy(), np.arange(len(readings) + 1)).astype(np.int64)
    matrix = path_matrix(paths["need"].to_numpy(), paths["category"].to_numpy(), nodes).astype(np.int32)
    return DirectPaths(nodes, ObjectPaths(offsets, matrix, paths["confidence"].to_numpy().astype(np.float32)))
