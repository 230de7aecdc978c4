"""A product of an answer about the words of the small catalogue, and sentences about it."""

from __future__ import annotations

from airloom.assistant.answer import Item, Match
from airloom.assistant.graph.catalogue_graph import Edge
from tests.airloom.assistant.parsing.small_words import TITLES, VALUES, words_of_catalogue

WORDS = words_of_catalogue((*VALUES, "nest", "rope ladder", "24", "no"), (*TITLES, "It", "Cloud 9", "Cloud"))


def item_of(
    *facts: tuple[str, str], title: str = "Cloud Donut Bed", price: float | None = 24.5, position: int = 1
) -> Item:
    """Return a product that meets a condition by each fact, a relation and its value."""
    matched = tuple(Match(value, Edge(relation, value, "merchant", 1.0)) for relation, value in facts)
    reason = "; ".join(f"{relation}: {value}" for relation, value in facts)
    return Item(f"p{position}", title, price, 0.5, matched, ("leather",), reason)


BED = item_of(("color", "black"), ("category", "cat beds"), ("brand", "nest"))
"""A black cat bed by Nest for 24.50, "Cloud Donut Bed"; leather was asked for, and it is none."""
