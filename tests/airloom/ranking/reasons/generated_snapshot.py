"""Snapshots whose objects have many intent paths of every form that entity linking gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from airloom.intents.linking.nodes import MAX_DEPTH, NEED, NO_NODE
from airloom.ranking.snapshot import ObjectPaths, Snapshot
from tests.airloom.ranking.small_shop import TOPS, small_snapshot


def generated_snapshot(seed: int, *, max_paths: int = 4) -> Snapshot:
    """The small shop; every object has 0 to `max_paths` paths, a product that of its own category too.

    A need stands above the categories, between two of them or nowhere, and a path ends at any level.
    """
    snapshot = small_snapshot()
    rng = np.random.default_rng(seed)
    needs = np.flatnonzero(snapshot.nodes.kinds == NEED)
    below = needs[: len(needs) // 2]  # these stand below a top category, the others are roots
    parents, levels = snapshot.nodes.parents.copy(), snapshot.nodes.levels.copy()
    parents[below], levels[below] = below % TOPS, 1
    nodes = snapshot.nodes._replace(parents=parents, levels=levels)
    categories = np.flatnonzero(nodes.kinds != NEED)

    offsets, paths = [0], list[list[int]]()
    for leaf in snapshot.objects.leaves.tolist():
        paths += [nodes.path_to(leaf)] if leaf != NO_NODE else []
        paths += [
            _with_need(nodes.path_to(category), int(rng.choice([NO_NODE, *needs])), parents)
            for category in rng.choice(categories, rng.integers(0, max_paths + 1)).tolist()
        ]
        offsets.append(len(paths))
    matrix = np.full((len(paths), MAX_DEPTH), NO_NODE, np.int32)
    for row, path in enumerate(paths):
        matrix[row, : len(path)] = path
    confidences = rng.uniform(0.1, 1.0, len(paths)).astype(np.float32)
    return replace(snapshot, nodes=nodes, paths=ObjectPaths(np.array(offsets), matrix, confidences))


def _with_need(path: list[int], need: int, parents: np.ndarray) -> list[int]:
    """The path with the need where it belongs; without it, if it belongs below another category."""
    if need == NO_NODE or parents[need] not in (NO_NODE, path[0]):
        return path
    return [need, *path] if parents[need] == NO_NODE else [path[0], need, *path[1:]]
