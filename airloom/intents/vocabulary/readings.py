"""What the labels of a path mean: the need that they name and the categories that they lead to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.intents.encoding import EmbeddingCache
from airloom.intents.vocabulary.canonical import nearest
from airloom.intents.vocabulary.nodes import NO_NODE
from airloom.intents.vocabulary.taxonomy import CategoryPath, Taxonomy
from airloom.intents.vocabulary.vocabulary import Vocabulary

Labels = tuple[str, ...]


class Readings(NamedTuple):
    """One row a different sequence of labels.

    Attributes:
        needs: int64 [R], the need's node, -1 where the labels are a category path of the merchant.
        categories: int64 [R, S], nodes of the categories that are meant, -1 where there are fewer than S.
        shares: float64 [R, S], how the path's confidence is divided among them; 0 at the padding.
    """

    needs: NDArray[np.int64]
    categories: NDArray[np.int64]
    shares: NDArray[np.float64]


def read_labels(
    labels: Sequence[Labels],
    *,
    taxonomy: Taxonomy,
    walks: Mapping[CategoryPath, Sequence[int]],
    vocabulary: Vocabulary,
    cache: EmbeddingCache,
    split: int,
    temperature: float,
) -> Readings:
    """Read normalised labels: a path of the merchant's tree as itself, else as a need and its nearest leaves.

    The whole path is compared with the leaves, because the need and the area say in which sense the last
    label is meant; with the last label alone the right leaf is found less often (docs/intents.md).
    """
    known = np.array([path in walks for path in labels], np.bool_)
    free: list[int] = np.flatnonzero(~known).tolist()
    needs = np.full(len(labels), NO_NODE, np.int64)
    categories = np.full((len(labels), split), NO_NODE, np.int64)
    shares = np.zeros((len(labels), split))
    shares[:, 0] = 1.0
    categories[known, 0] = [walks[path][-1] for path in labels if path in walks]

    named = [labels[row][0] for row in free]
    ids = vocabulary.add_needs(named)
    needs[free] = [ids[need] for need in named]
    if free and taxonomy.leaves:
        leaf_nodes = np.array([walks[path][-1] for path in taxonomy.leaves])
        places, parts = nearest(
            cache.encode([" ".join(labels[row]) for row in free]),
            cache.encode([taxonomy.text(path) for path in taxonomy.leaves]),
            split=split,
            temperature=temperature,
        )
        categories[free, : places.shape[1]] = leaf_nodes[places]
        shares[free, : places.shape[1]] = parts
    return Readings(needs, categories, shares)
