"""The small shop with something said about its products, and a ranker of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa

from airloom.assistant.collaborative import COLLABORATIVE
from airloom.assistant.graph.catalogue_graph import CatalogueGraph, Edge
from airloom.assistant.graph.words import stems_of
from airloom.assistant.parsing.rules import RulesParser
from airloom.assistant.understood import Beside
from airloom.assistant.wishes import INTENT, TEXT, TITLE_WORDS
from airloom.knowledge.edges import EDGES
from airloom.ranking.attribute_graph import attribute_graph
from airloom.ranking.snapshot import Snapshot
from tests.airloom.ranking.small_shop import LEAVES, MIDS, PRODUCTS, TOPS, small_snapshot, untrained

SOLD: Final = TOPS * MIDS * LEAVES * PRODUCTS
"""Products; the rows after them are content."""


def leaf(row: int) -> str:
    """The category of a product, ten products each."""
    return f"shelf {row // PRODUCTS}"


def small_catalogue(*more: tuple[int, str, str, str, float]) -> Snapshot:
    """Every product has a category, a color and a brand; every third one warms; shelf 0 goes with shelf 1.

    Product `row` is called "thing <row>" and costs `row` + 1. Every seventh one is not on sale. More may be
    said of products: row, relation, value, source, confidence.
    """
    shop = small_snapshot()
    rows = [
        edge
        for row in range(SOLD)
        for edge in (
            (row, "category", leaf(row), "merchant", 1.0),
            (row, "color", "black" if row % 2 else "red", "merchant", 1.0),
            *([(row, "brand", f"maker {row % 5}", "merchant", 1.0)] if row % 10 else []),
            *([(row, "need", "warm nights", "rules", 0.5)] if row % 3 == 0 else []),
            *([(row, "goes_with", leaf(PRODUCTS), "rules", 0.25)] if row < PRODUCTS else []),
        )
    ]
    rows += more
    ids, *columns = zip(*rows, strict=True)
    named = [shop.objects.ids[row] for row in ids]
    edges = pa.table(
        [pa.array(column, field.type) for column, field in zip([named, *columns], EDGES, strict=True)],
        schema=EDGES,
    )
    count = len(shop.objects.ids)
    labels, first_leaf = list(shop.nodes.labels), TOPS + TOPS * MIDS
    for number in range(SOLD // PRODUCTS):
        labels[first_leaf + number] = f"shelf {number}"
    objects = shop.objects._replace(
        titles=[f"{'thing' if row < SOLD else 'film'} {row}" for row in range(count)],
        prices=np.where(np.arange(count) < SOLD, np.arange(count) + 1.0, np.nan).astype(np.float32),
        active=shop.objects.active & (np.arange(count) % 7 != 0),
    )
    graph = attribute_graph(edges, pa.array(shop.objects.ids))
    return replace(shop, nodes=shop.nodes._replace(labels=labels), objects=objects, attributes=graph)


def is_true(edge: Edge, row: int) -> bool:
    """Whether what an answer says of a product is true: by its graph, its title, intent paths or people."""
    snapshot = GRAPH.snapshot
    if edge.source == TEXT:
        return edge.relation == TITLE_WORDS and {*edge.value.split()} <= {
            *stems_of(snapshot.objects.titles[row])
        }
    if edge.source == INTENT:
        paths = [{snapshot.nodes.labels[node] for node in path} for path in snapshot.paths.nodes.tolist()]
        leaf = snapshot.nodes.labels[int(snapshot.objects.leaves[row])]
        return edge.relation == "need" and any({edge.value, leaf} <= labels for labels in paths)
    if edge.source == COLLABORATIVE:
        return edge.relation in set(Beside)
    return edge in map(GRAPH.edge, GRAPH.edges_of(row).tolist())


def with_aliases(**value_of: str) -> Snapshot:
    """The same, with other words for values."""
    values = SNAPSHOT.attributes.values
    aliases = (
        (alias, number) for alias, of in value_of.items() for number, own in enumerate(values) if own == of
    )
    return replace(SNAPSHOT, attributes=SNAPSHOT.attributes._replace(aliases=tuple(sorted(aliases))))


SNAPSHOT: Final = small_catalogue()
GRAPH: Final = CatalogueGraph(SNAPSHOT)
PARSER: Final = RulesParser(GRAPH)
RANKER: Final = untrained(SNAPSHOT)
