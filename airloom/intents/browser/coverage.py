"""Which categories the intents reach, which they leave alone, and what content leads nowhere."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from markupsafe import Markup
from numpy.typing import NDArray

from airloom.html_report.blocks import Card, callout, cards, link, prose, table
from airloom.html_report.numbers import format_number
from airloom.intents.browser.bars import bars
from airloom.intents.browser.weights import Weights
from airloom.intents.linking.nodes import CATEGORY, NEED, NO_NODE, Nodes
from airloom.intents.linking.resolve_objects import ObjectIntents
from airloom.logs.contract import CONTENT

_ROWS: Final = 500
_NEEDS: Final = 20
_MAX_HARDLY_REACHED: Final = 12
"""Rows of the tables of categories, of needs, and of categories that intents hardly reach."""


def sizes(nodes: Nodes, weights: Weights) -> str:
    """Return the picture of the categories and a table of the largest needs."""
    chosen = _by_confidence(np.flatnonzero((nodes.kinds == NEED) & (weights.content > 0)), weights)
    rows = [
        [_node(node, nodes), int(weights.content[node]), f"{weights.confidence[node]:,.2f}"]
        for node in chosen[:_NEEDS].tolist()
    ]
    caption = f"The {len(rows)} largest of {len(chosen):,} needs"
    return (
        prose(
            "Each bar is a section, as long as the summed confidence of the paths that lead there. Below the "
            "names of its categories stand theirs; every piece opens what leads there."
        )
        + bars(nodes, weights)
        + table(["need", "content", "summed confidence"], rows, caption=caption)
    )


def coverage(
    objects: pa.Table, *, intents: ObjectIntents, weights: Weights, answered: pa.ChunkedArray
) -> str:
    """Return tables of supply against intents for sections and categories, and what has no path.

    Args:
        objects: object_id, domain, events.
        intents: What `resolve_objects` gives.
        weights: Of its nodes.
        answered: Ids of the objects that some version has answered.
    """
    nodes = intents.nodes
    is_category = nodes.kinds == CATEGORY
    sections = np.flatnonzero(is_category & (nodes.parents == NO_NODE))
    finest = np.flatnonzero(is_category & (weights.listed > 0))
    return (
        _without_path(objects, intents=intents, answered=answered)
        + _categories(_by_confidence(sections, weights), nodes, weights, caption="By section")
        + _hardly_reached(finest, nodes, weights)
        + _details(
            "All categories",
            _categories(_by_confidence(finest, weights), nodes, weights, caption="By category"),
        )
    )


def _without_path(objects: pa.Table, *, intents: ObjectIntents, answered: pa.ChunkedArray) -> str:
    rows = pc.index_in(objects["object_id"], value_set=intents.table["object_id"].combine_chunks())
    paths = pc.fill_null(pc.list_value_length(intents.table["lengths"].take(rows)), 0)
    content = pc.equal(objects["domain"], CONTENT)
    nowhere = pc.and_(content, pc.equal(paths, 0))
    read = pc.is_in(objects["object_id"], value_set=answered.combine_chunks())

    def total(mask: pa.ChunkedArray, column: str | None = None) -> int:
        return int(pc.sum(objects.filter(mask)[column] if column else mask).as_py() or 0)

    lost, all_content = total(nowhere), total(content)
    events, all_events = total(nowhere, "events"), total(content, "events")
    unread = total(pc.and_(nowhere, pc.invert(read)))
    return cards(
        [
            Card("Content that leads nowhere", _share(lost, all_content), f"{lost:,} of {all_content:,}"),
            Card("Its share of the events on content", _share(events, all_events), f"{events:,} events"),
            Card("Of it, read", f"{lost - unread:,}", "foretells no purchase, or was dropped by a person"),
            Card("Of it, not answered yet", f"{unread:,}", "open, rejected, or without a title"),
        ]
    )


def _categories(chosen: NDArray[np.int64], nodes: Nodes, weights: Weights, *, caption: str) -> str:
    """Return a table of supply against intents, in the given order."""
    shown = chosen[:_ROWS].tolist()
    rows = [
        [
            _node(node, nodes),
            " › ".join(nodes.labels[above] for above in nodes.path_to(node)[:-1]),
            int(weights.products[node]),
            int(weights.content[node]),
            f"{weights.confidence[node]:,.2f}",
            f"{weights.products[node] / weights.confidence[node]:,.1f}" if weights.confidence[node] else None,
        ]
        for node in shown
    ]
    cut = f", {len(shown)} of {len(chosen):,}" if len(shown) < len(chosen) else ""
    columns = ["category", "in", "products", "content", "summed confidence", "products per unit"]
    if not any(row[1] for row in rows):
        columns, rows = [columns[0], *columns[2:]], [[row[0], *row[2:]] for row in rows]
    return table(columns, rows, caption=caption + cut)


def _hardly_reached(finest: NDArray[np.int64], nodes: Nodes, weights: Weights) -> str:
    reached = weights.content[finest] > 0
    never = finest[~reached]
    never = never[np.argsort(-weights.listed[never], kind="stable")]
    summary = (
        callout(f"Intents reach each of the {len(finest):,} categories with products.", tone="good")
        if reached.all()
        else callout(
            f"No intent reaches {len(never):,} of {len(finest):,} categories with products "
            f"({int(weights.listed[never].sum()):,} products): nothing that people watch is read as a wish "
            "for them.",
            tone="warn",
        )
        + _categories(never, nodes, weights, caption="Not reached")
    )
    hardly_reached = finest[reached]
    supply = weights.products[hardly_reached] / weights.confidence[hardly_reached]
    hardly_reached = hardly_reached[np.argsort(-supply, kind="stable")][:_MAX_HARDLY_REACHED]
    return summary + _categories(
        hardly_reached, nodes, weights, caption="Hardly reached: the most products per unit of intent"
    )


def _by_confidence(chosen: NDArray[np.int64], weights: Weights) -> NDArray[np.int64]:
    return chosen[np.argsort(-weights.confidence[chosen], kind="stable")]


def _details(summary: str, body: str) -> str:
    opened = Markup('<details><summary style="margin:0 0 1rem;cursor:pointer">{}</summary>{}</details>')
    return opened.format(summary, body)


def _node(node: int, nodes: Nodes) -> str:
    return link(nodes.labels[node], f"#node={node}")


def _share(part: int, whole: int) -> str:
    return f"{format_number(100 * part / whole, digits=3)} %" if whole else "–"
