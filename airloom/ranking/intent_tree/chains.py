"""A tree's chains for some candidates, straight from a catalogue."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled
from airloom.intents.linking.nodes import NO_NODE
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.intent_tree.retrieval import RetrievalSettings, Retrieved, retrieve
from airloom.ranking.intent_tree.tree import IntentTree


def chains_for(
    catalogue: Catalogue,
    tree: IntentTree,
    *,
    candidates: NDArray[np.int32],
    ages: NDArray[np.float32],
    settings: RetrievalSettings,
) -> Retrieved:
    """Compare every candidate with every node of the tree and keep the best chains.

    Args:
        catalogue: Knows the texts and the categories of candidates.
        tree: Some nodes and their weights.
        candidates: int32 [C], rows of the snapshot.
        ages: float32 [E], days since each event of the tree.
        settings: How many chains and events are kept.
    """
    kin = categories_in(tree, catalogue.categories[candidates]).kin
    similarities = catalogue.texts[candidates] @ catalogue.node_texts[tree.nodes].T
    return retrieve(tree, similarities=similarities, kin=kin, ages=ages, settings=settings)


class Found(NamedTuple):
    """Categories of C candidates in a tree of N nodes.

    Attributes:
        places: int64 [C, L], rows of the tree; anything where `there` is false.
        there: bool [C, L], the tree has the category.
        kin: bool [C, N], the node is a category of the candidate.
    """

    places: NDArray[np.int64]
    there: NDArray[np.bool_]
    kin: NDArray[np.bool_]


def categories_in(tree: IntentTree, categories: NDArray[np.int32]) -> Found:
    """Where `categories`, int32 [C, L] with `NO_NODE` for none, stand in the tree, which may be empty."""
    return Found(*_found(tree.nodes, categories))


@compiled
def _found(
    nodes: NDArray[np.int32], categories: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    places = np.zeros(categories.shape, np.int64)
    there = np.zeros(categories.shape, np.bool_)
    kin = np.zeros((len(categories), len(nodes)), np.bool_)
    for candidate in range(len(categories)):
        for level in range(categories.shape[1]):
            category = categories[candidate, level]
            place = np.searchsorted(nodes, category)
            if category != NO_NODE and place < len(nodes) and nodes[place] == category:
                places[candidate, level] = place
                there[candidate, level] = kin[candidate, place] = True
    return places, there, kin
