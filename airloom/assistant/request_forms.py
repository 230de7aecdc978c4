"""Ways to ask about a product: each writes a request in words of its catalogue, or None where they lack."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.graph.relations import KINDS, NEEDS, OF_OTHERS, SOFT
from airloom.knowledge.claims import Relation
from airloom.knowledge.edges import BRAND, CATEGORY


def below_a_price(row: int, graph: CatalogueGraph) -> str | None:
    """Ask for its kind below the median price, without a value of its own, or nothing premium."""
    prices = _prices_of_kind(row, graph)
    if not len(prices):
        return None
    other = _value(row, graph) or "premium"
    return f"{_kind(row, graph)} under {np.ceil(np.median(prices)):.0f}, not {other}"


def like_but_cheaper(row: int, graph: CatalogueGraph) -> str:
    """Ask for something like it below its price."""
    return f"something like “{graph.snapshot.objects.titles[row]}” but cheaper"


def goes_with(row: int, graph: CatalogueGraph) -> str:
    """Ask for what goes with its kind."""
    return f"what goes with my {_kind(row, graph)}?"


def for_a_need(row: int, graph: CatalogueGraph) -> str | None:
    """Ask for a gift for what it is good for, at a price that it meets."""
    attributes, price = graph.snapshot.attributes, graph.snapshot.objects.prices[row]
    needs = [value for value in graph.all_values_of(row) if attributes.relations[value] in NEEDS]
    if not needs or not np.isfinite(price):
        return None
    return f"a gift for {attributes.values[needs[0]]}, under {np.floor(price) + 1:.0f}"


def after_watching(row: int, graph: CatalogueGraph) -> str | None:
    """Ask as somebody who has just watched what leads to its kind by the surest intent path."""
    objects, paths = graph.snapshot.objects, graph.snapshot.paths
    leads = np.flatnonzero((paths.nodes == objects.leaves[row]).any(axis=1))
    owners = np.searchsorted(paths.offsets, leads, side="right") - 1
    of_content = ~objects.is_product[owners]
    leads, owners = leads[of_content], owners[of_content]
    if not len(leads):
        return None
    surest = owners[np.argmax(paths.confidences[leads])]
    return f"something for somebody who just watched “{objects.titles[surest]}”"


def of_another_kind(row: int, graph: CatalogueGraph) -> str | None:
    """Ask for something like it, and say that it has a brand, or is of a department, that it is not of."""
    own = set(graph.all_values_of(row))
    relations = graph.snapshot.attributes.relations
    relation = BRAND if any(relations[value] == BRAND for value in own) else CATEGORY
    others = [value for value, name in enumerate(relations) if name == relation and value not in own]
    if not others:
        return None
    most = min(others, key=lambda value: (-len(graph.snapshot.attributes.products(value)), value))
    by = "by" if relation == BRAND else "from"
    title = graph.snapshot.objects.titles[row]
    return f"something like “{title}” {by} {graph.snapshot.attributes.values[most]}, but cheaper"


def below_every_price(row: int, graph: CatalogueGraph) -> str | None:
    """Ask for its kind at less than the cheapest costs."""
    prices = _prices_of_kind(row, graph)
    return f"{_kind(row, graph)} under {np.floor(prices.min() / 2):.0f}" if len(prices) else None


def says_nothing(_row: int, _graph: CatalogueGraph) -> str:
    """Ask for nothing in particular."""
    return "I need a nice gift for somebody"


def _kind(row: int, graph: CatalogueGraph) -> str:
    return graph.snapshot.nodes.labels[int(graph.snapshot.objects.leaves[row])].lower()


def _prices_of_kind(row: int, graph: CatalogueGraph) -> NDArray[np.float32]:
    objects = graph.snapshot.objects
    prices = objects.prices[objects.active & (objects.leaves == objects.leaves[row])]
    known: NDArray[np.float32] = prices[np.isfinite(prices)]
    return known


def _value(row: int, graph: CatalogueGraph) -> str | None:
    """Return a hard value of a product that is not its kind and no tier of prices; None without one."""
    attributes = graph.snapshot.attributes
    others = SOFT | OF_OTHERS | KINDS | {str(Relation.PRICE_TIER)}
    values = [value for value in graph.all_values_of(row) if attributes.relations[value] not in others]
    return attributes.values[values[0]] if values else None
