"""A tree's chains for some candidates, straight from a catalogue."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airloom.intents.vocabulary.nodes import NO_NODE
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
        catalogue: Knows the embeddings and the categories of candidates.
        tree: Some nodes and their weights.
        candidates: int32 [C], rows of the snapshot.
        ages: float32 [E], days since each event of the tree.
        settings: How many chains and events are kept.
    """
    nodes = np.append(tree.nodes, NO_NODE)  # so that a place past the end is no node either
    categories = catalogue.categories[candidates]
    places = np.searchsorted(tree.nodes, categories)
    found = (nodes[places] == categories) & (categories != NO_NODE)
    kin = np.zeros((len(candidates), len(tree.nodes)), np.bool_)
    kin[np.nonzero(found)[0], places[found]] = True
    similarities = catalogue.embeddings[candidates] @ catalogue.node_embeddings[tree.nodes].T
    return retrieve(tree, similarities=similarities, kin=kin, ages=ages, settings=settings)
