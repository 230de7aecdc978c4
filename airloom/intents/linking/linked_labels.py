"""What the labels of a path mean: the need that they name and the categories that they lead to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.intents.encoding import EmbeddingCache
from airloom.intents.linking.category_prefix import Anchored, Labels, anchored, leaves_below
from airloom.intents.linking.link_to_categories import nearest
from airloom.intents.linking.need_nodes import Need, need_nodes
from airloom.intents.linking.nodes import NO_NODE
from airloom.intents.linking.overrides import Overrides
from airloom.intents.linking.taxonomy import CategoryPath, Taxonomy
from airloom.intents.linking.vocabulary import Vocabulary


class Readings(NamedTuple):
    """One row a different sequence of labels, and one column for each of up to S categories that it leads to.

    Attributes:
        named: The need that each names; `None` where it names none.
        needs: int64 [R, S], the need's node, -1 where none stands before the category.
        categories: int64 [R, S], nodes of the categories that are meant, -1 where there are fewer than S.
        shares: float64 [R, S], how the path's confidence is divided among them; 0 at the padding, and in the
            whole row of a path that a person dropped.
        cosines: float64 [R, S], of the path and the category; NaN where they were not compared.
    """

    named: list[Need | None]
    needs: NDArray[np.int64]
    categories: NDArray[np.int64]
    shares: NDArray[np.float64]
    cosines: NDArray[np.float64]


def read_labels(
    labels: Sequence[Labels],
    *,
    taxonomy: Taxonomy,
    walks: Mapping[CategoryPath, Sequence[int]],
    vocabulary: Vocabulary,
    overrides: Overrides,
    cache: EmbeddingCache,
    split: int,
    temperature: float,
) -> Readings:
    """Read normalised labels: a path of the merchant's tree as itself, else as a need and its nearest leaves.

    Labels that begin with a path of the tree are compared with the leaves below it, and their need stands
    below it. The whole path is compared, because the need and the area say in which sense the last label is
    meant; with the last label alone the right leaf is found less often (docs/measurements/intents.md).

    Raises:
        AirloomError: An override names a category that there never was.
    """
    product_types = overrides.category_nodes(vocabulary.categories())
    names = {path[-1] for path in taxonomy.categories}
    paths = [anchored(path, categories=walks, names=names) for path in labels]
    tops = [walks[path.anchor][-1] if path.anchor else NO_NODE for path in paths]
    named = [None if path.need is None else (top, path.need) for path, top in zip(paths, tops, strict=True)]
    nodes = need_nodes(named, vocabulary=vocabulary, becomes=overrides.needs)

    categories = np.full((len(labels), split), NO_NODE, np.int64)
    categories[:, 0] = tops
    shares = np.zeros((len(labels), split))
    shares[:, 0] = 1.0
    cosines = np.full((len(labels), split), np.nan)
    free = [row for row, path in enumerate(paths) if path.free]
    if free and taxonomy.leaves:
        leaf_nodes = np.array([walks[path][-1] for path in taxonomy.leaves])
        places = cache.encode([taxonomy.text(path) for path in taxonomy.leaves])
        queries = cache.encode([" ".join(labels[row]) for row in free])
        for anchor, members in _by_anchor([paths[row] for row in free]).items():
            below = leaves_below(anchor, taxonomy.leaves)
            found = nearest(queries[members], places[below], split=split, temperature=temperature)
            cells = np.ix_(np.take(free, members), np.arange(found.rows.shape[1]))
            categories[cells] = leaf_nodes[below][found.rows]
            shares[cells], cosines[cells] = found.shares, found.cosines
    for row, path in enumerate(labels):
        if path[-1] in product_types:
            node = product_types[path[-1]]
            categories[row], shares[row], cosines[row] = NO_NODE, 0.0, np.nan
            categories[row, 0], shares[row, 0] = node, float(node != NO_NODE)

    needs = np.full_like(categories, NO_NODE)
    for row, need in enumerate(named):
        if need is not None:
            needs[row] = nodes[need]
            if need[0] != NO_NODE:
                needs[row, [not vocabulary.is_below(node, need[0]) for node in categories[row]]] = NO_NODE
    shares[(needs == NO_NODE) & (categories == NO_NODE)] = 0.0
    return Readings(named, needs, categories, shares, cosines)


def _by_anchor(paths: Sequence[Anchored]) -> dict[CategoryPath, list[int]]:
    groups: dict[CategoryPath, list[int]] = defaultdict(list)
    for row, path in enumerate(paths):
        groups[path.anchor].append(row)
    return groups
