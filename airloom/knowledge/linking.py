"""Links the values of claims to the shop: product types to categories, topics and needs to need nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.intents.encoding import TextEncoder
from airloom.intents.linking.link_to_categories import link_to_categories
from airloom.intents.linking.nodes import NO_NODE
from airloom.knowledge.claims import CLAIMS, TO_CATEGORIES, TO_NEEDS, Relation
from airloom.knowledge.intent_links import IntentLinks

LINK_REPORT: Final = pa.schema(
    [
        ("relation", pa.string()),
        ("claims", pa.int64()),
        ("by_label", pa.int64()),
        ("by_meaning", pa.int64()),
        ("kept_unlinked", pa.int64()),
        ("dropped", pa.int64()),
    ]
)
"""One row a relation, in the order of `Relation`: of its claims, how many have the label of a node, how many
were linked to the node that is nearest in meaning, how many stay without a node (attributes, for which a node
is no condition) and how many were dropped. The four add up to the first."""


@dataclass(frozen=True)
class ClaimLinkingSettings:
    """From which cosine a value means a node; docs/measurements/knowledge.md shows how they were chosen.

    Attributes:
        category_at: Of a product type and a category.
        need_at: Of a need, or a kind of content, and a need node.
    """

    category_at: float = 0.5
    need_at: float = 0.6


class LinkedClaims(NamedTuple):
    """Claims that the shop has nodes for, and what became of the others.

    Attributes:
        claims: `CLAIMS`; relations to categories and needs have a node path.
        report: `LINK_REPORT`.
    """

    claims: pa.Table
    report: pa.Table


def link_claims(
    claims: pa.Table, links: IntentLinks, *, encoder: TextEncoder, settings: ClaimLinkingSettings
) -> LinkedClaims:
    """Link every claim that has no node yet, and drop those that must have one and find none.

    The type of a product is worth its words without a category; what it goes with, replaces, is needed for
    or was watched before is only of use if the shop or its content has it. A claim that a product goes with
    its own category, replaces or upgrades it is as good as any other.

    Args:
        claims: `CLAIMS`, in any order.
        links: Of the day.
        encoder: Of texts that are no node's label.
        settings: From where on a text means a node.
    """
    relation = claims["relation"]
    unlinked = pc.equal(pc.list_value_length(claims["node_path"]), 0)
    node_of = np.full(claims.num_rows, NO_NODE, np.int64)
    by_label = np.zeros(claims.num_rows, np.bool_)
    labels = links.labels().to_pylist()
    groups: tuple[tuple[tuple[Relation, ...], NDArray[np.int64], float], ...] = (
        (TO_CATEGORIES, np.unique(links.product_categories), settings.category_at),
        (TO_NEEDS, np.unique(links.needs), settings.need_at),
    )
    wanted = np.zeros(claims.num_rows, np.bool_)
    for relations, nodes, link_at in groups:
        own = pc.and_(pc.is_in(relation, value_set=pa.array([str(name) for name in relations])), unlinked)
        rows = np.flatnonzero(own.to_numpy())
        wanted[rows] = True
        if len(rows) and len(nodes):
            texts, inverse = np.unique(
                np.array(claims["value"].take(pa.array(rows)).to_pylist(), object), return_inverse=True
            )
            linked, exact = _nodes_of([str(text) for text in texts], nodes, labels, links, encoder, link_at)
            node_of[rows], by_label[rows] = linked[inverse], exact[inverse]
    has_node = node_of != NO_NODE
    may_stay = ~wanted | pc.equal(relation, Relation.TYPE.value).to_numpy()
    kept = has_node | may_stay
    masks = {
        "by_label": has_node & by_label,
        "by_meaning": has_node & ~by_label,
        "kept_unlinked": ~has_node & may_stay,
        "dropped": ~kept,
    }
    paths = claims["node_path"].combine_chunks()
    if has_node.any():
        node_paths = links.label_paths().take(pa.array(np.where(has_node, node_of, 0)))
        paths = pc.if_else(pa.array(has_node), node_paths, paths)
    with_paths = claims.set_column(CLAIMS.get_field_index("node_path"), CLAIMS.field("node_path"), paths)
    return LinkedClaims(with_paths.filter(pa.array(kept)), _report(relation, masks))


def _nodes_of(
    texts: list[str],
    nodes: NDArray[np.int64],
    labels: list[str],
    links: IntentLinks,
    encoder: TextEncoder,
    link_at: float,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the node of each text, -1 for none, and whether it has the node's label."""
    node_named = {_singular(labels[node]): node for node in reversed(nodes.tolist())}
    linked = np.array([node_named.get(_singular(text), NO_NODE) for text in texts], np.int64)
    exact = linked != NO_NODE
    free = np.flatnonzero(~exact)
    vectors = encoder.encode([texts[row] for row in free])
    nearest = link_to_categories(vectors, links.nodes.embeddings[nodes], split=1, temperature=1.0)
    near = nearest.cosines[:, 0] >= link_at
    linked[free[near]] = nodes[nearest.rows[near, 0]]
    return linked, exact


def _singular(label: str) -> str:
    return " ".join(word.removesuffix("s") for word in label.split())


def _report(relation: pa.ChunkedArray, masks: dict[str, NDArray[np.bool_]]) -> pa.Table:
    order = [str(name) for name in Relation]
    of_row = pc.index_in(relation, value_set=pa.array(order)).to_numpy().astype(np.int64)
    counts = {"claims": np.bincount(of_row, minlength=len(order))}
    counts |= {name: np.bincount(of_row[mask], minlength=len(order)) for name, mask in masks.items()}
    table = pa.table({"relation": order, **counts}).cast(LINK_REPORT)
    return table.filter(pc.greater(table["claims"], 0))
