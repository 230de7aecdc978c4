"""Products beside a named one by what people do, where the attribute graph says nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.understood import Beside, Neighborhood
from airloom.csr import csr_take

COLLABORATIVE: Final = "collaborative"
"""Source of what follows from other people's behavior only."""
MAX_ALIKE: Final = 50
"""Products beside one by their vectors, the most similar ones: every two are a little alike."""

Similarities: TypeAlias = Callable[[int, NDArray[np.int32]], NDArray[np.float32]]
"""Returns how alike the user's ranker takes an object (row) and others (rows), float32 [n], at most 1."""


def neighbor_scores(
    neighborhood: Neighborhood, graph: CatalogueGraph, similarities: Similarities | None
) -> NDArray[np.float32]:
    """Return how near each object is to the named ones, float32 [O]: 1 for the nearest, 0 for most.

    What is chosen like a product is near it by the ranker's vectors, and without these it is what was bought
    with it.

    Args:
        neighborhood: What is named.
        graph: Of the snapshot that is searched.
        similarities: Of a ranker that has vectors of ids; None without one.
    """
    scores = np.zeros(len(graph.snapshot.objects.ids), np.float32)
    if neighborhood.beside is Beside.CHOSEN_LIKE and similarities is not None:
        products = graph.snapshot.products
        for row in neighborhood.rows:
            alike = np.where(products == row, 0, similarities(row, products))
            best = np.argsort(-alike, kind="stable")[:MAX_ALIKE]
            scores[products[best]] = np.maximum(scores[products[best]], alike[best])
    if not (scores > 0).any():
        neighbors = graph.snapshot.neighbors
        taken = csr_take(neighbors.offsets, np.array(neighborhood.rows, np.int64))
        np.add.at(scores, neighbors.objects[taken.rows], neighbors.weights[taken.rows])
        scores[list(neighborhood.rows)] = 0
    scores = np.maximum(scores, np.float32(0))
    highest = scores.max(initial=0)
    return (scores / highest).astype(np.float32) if highest > 0 else scores
