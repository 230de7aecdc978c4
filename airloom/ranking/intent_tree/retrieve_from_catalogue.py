"""The nodes of a tree that match some candidates, retrieved with the texts and categories of a catalogue."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled
from airloom.intents.linking.nodes import NO_NODE
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.intent_tree.retrieval import RetrievedNodes, retrieve
from airloom.ranking.intent_tree.tree import IntentTree
from airloom.ranking.settings import RetrievalSettings


def retrieve_from_catalogue(
    catalogue: Catalogue,
    tree: IntentTree,
    *,
    candidates: NDArray[np.int32],
    ages: NDArray[np.float32],
    settings: RetrievalSettings,
) -> RetrievedNodes:
    """Return the nodes of the tree that match each candidate best, and the events that support them.

    Args:
        catalogue: Knows the texts and the categories of candidates.
        tree: Some nodes and their weights.
        candidates: int32 [C], rows of the snapshot.
        ages: float32 [E], days since each event of the tree.
        settings: How many nodes and events are kept.
    """
    matches = match_categories(tree, catalogue.categories[candidates])
    similarities = catalogue.texts[candidates] @ catalogue.node_texts[tree.nodes].T
    return retrieve(
        tree, similarities=similarities, category_match=matches.category_match, ages=ages, settings=settings
    )


class CategoryMatches(NamedTuple):
    """The categories of C candidates in a tree of N nodes.

    Attributes:
        rows: int64 [C, L], rows of the tree; any number where `in_tree` is false.
        in_tree: bool [C, L], the tree has the category.
        category_match: bool [C, N], the node is a category of the candidate.
    """

    rows: NDArray[np.int64]
    in_tree: NDArray[np.bool_]
    category_match: NDArray[np.bool_]


def match_categories(tree: IntentTree, categories: NDArray[np.int32]) -> CategoryMatches:
    """Return where `categories`, int32 [C, L] or `NO_NODE`, are in the tree, which may be empty."""
    return CategoryMatches(*_match(tree.nodes, categories))


@compiled
def _match(
    nodes: NDArray[np.int32], categories: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    rows = np.zeros(categories.shape, np.int64)
    in_tree = np.zeros(categories.shape, np.bool_)
    category_match = np.zeros((len(categories), len(nodes)), np.bool_)
    for candidate in range(len(categories)):
        for level in range(categories.shape[1]):
            category = categories[candidate, level]
            row = np.searchsorted(nodes, category)
            if category != NO_NODE and row < len(nodes) and nodes[row] == category:
                rows[candidate, level] = row
                in_tree[candidate, level] = category_match[candidate, row] = True
    return rows, in_tree, category_match
