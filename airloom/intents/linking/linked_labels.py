"""Stage 4: what a sequence of labels means: the node of its need, and the categories that it is linked to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.intents.encoding import EmbeddingCache
from airloom.intents.linking.category_prefix import PrefixSplit, leaves_below, split_prefix
from airloom.intents.linking.link_to_categories import link_to_categories
from airloom.intents.linking.need_nodes import Need, need_nodes
from airloom.intents.linking.nodes import NO_NODE
from airloom.intents.linking.overrides import Overrides
from airloom.intents.linking.parsed_paths import Labels
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.linking.taxonomy import CategoryPath
from airloom.intents.linking.vocabulary import CategoryTree, Vocabulary


class LinkedLabels(NamedTuple):
    """One row per different sequence of labels, one column per category that it links to, up to S of them.

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


def link_labels(
    labels: Sequence[Labels],
    *,
    tree: CategoryTree,
    vocabulary: Vocabulary,
    overrides: Overrides,
    cache: EmbeddingCache,
    settings: LinkingSettings,
) -> LinkedLabels:
    """Link labels: a path of the merchant's tree to itself, others to a need and the nearest leaves.

    Labels that begin with a path of the tree are compared with the leaves below it, and their need stands
    below it. The whole path is compared, because the need and the area say in which sense the last label is
    meant; with the last label only, the right leaf is found less often (docs/measurements/intents.md).

    Args:
        labels: The different sequences.
        tree: The merchant's categories and their nodes.
        vocabulary: Grows by the needs that are new.
        overrides: What a person decided.
        cache: Encodes labels and categories.
        settings: How a path is divided among categories.

    Raises:
        AirloomError: An override names a category that there never was.
    """
    product_types = overrides.category_nodes(vocabulary.categories())
    names = {path[-1] for path in tree.taxonomy.categories}
    splits = [split_prefix(path, categories=tree.node_paths, names=names) for path in labels]
    tops = [tree.node_paths[split.prefix][-1] if split.prefix else NO_NODE for split in splits]
    named = [
        None if split.need is None else (top, split.need) for top, split in zip(tops, splits, strict=True)
    ]
    nodes = need_nodes(named, vocabulary=vocabulary, becomes=overrides.needs)

    linked = LinkedLabels(
        named,
        needs=np.full((len(labels), settings.split), NO_NODE, np.int64),
        categories=np.full((len(labels), settings.split), NO_NODE, np.int64),
        shares=np.zeros((len(labels), settings.split)),
        cosines=np.full((len(labels), settings.split), np.nan),
    )
    linked.categories[:, 0], linked.shares[:, 0] = tops, 1.0
    _link_free(linked, labels, splits, tree=tree, cache=cache, settings=settings)
    _override_product_types(linked, labels, product_types)
    _link_needs(linked, nodes, vocabulary)
    return linked


def _link_free(
    linked: LinkedLabels,
    labels: Sequence[Labels],
    splits: Sequence[PrefixSplit],
    *,
    tree: CategoryTree,
    cache: EmbeddingCache,
    settings: LinkingSettings,
) -> None:
    """Link labels that follow a prefix to the nearest leaves below it."""
    leaves = tree.taxonomy.leaves
    free = [row for row, split in enumerate(splits) if split.free]
    if not free or not leaves:
        return
    leaf_nodes = np.array([tree.node_paths[path][-1] for path in leaves])
    texts = cache.encode([tree.taxonomy.text(path) for path in leaves])
    queries = cache.encode([" ".join(labels[row]) for row in free])
    for prefix, members in _by_prefix([splits[row] for row in free]).items():
        below = leaves_below(prefix, leaves)
        links = link_to_categories(
            queries[members], texts[below], split=settings.split, temperature=settings.temperature
        )
        cells = np.ix_(np.take(free, members), np.arange(links.rows.shape[1]))
        linked.categories[cells] = leaf_nodes[below][links.rows]
        linked.shares[cells], linked.cosines[cells] = links.shares, links.cosines


def _override_product_types(
    linked: LinkedLabels, labels: Sequence[Labels], product_types: Mapping[str, int]
) -> None:
    """Link labels whose last one a person decided about to that category only."""
    for row, path in enumerate(labels):
        if path[-1] in product_types:
            node = product_types[path[-1]]
            linked.categories[row], linked.shares[row], linked.cosines[row] = NO_NODE, 0.0, np.nan
            linked.categories[row, 0], linked.shares[row, 0] = node, float(node != NO_NODE)


def _link_needs(linked: LinkedLabels, nodes: Mapping[Need, int], vocabulary: Vocabulary) -> None:
    """Put the need's node before the categories; a need below a category only before those below it."""
    for row, need in enumerate(linked.named):
        if need is not None:
            linked.needs[row] = nodes[need]
            if need[0] != NO_NODE:
                outside = [not vocabulary.is_below(node, need[0]) for node in linked.categories[row]]
                linked.needs[row, outside] = NO_NODE
    linked.shares[(linked.needs == NO_NODE) & (linked.categories == NO_NODE)] = 0.0


def _by_prefix(splits: Sequence[PrefixSplit]) -> dict[CategoryPath, list[int]]:
    groups: dict[CategoryPath, list[int]] = defaultdict(list)
    for row, split in enumerate(splits):
        groups[split.prefix].append(row)
    return groups
