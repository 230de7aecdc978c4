"""Answers a parsed request: retrieve what meets the conditions, rank it for the user, say why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.answer import AssistantAnswer, Item, Match
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.parsed_request import How, ParsedRequest
from airloom.assistant.parsing.price_range import PriceRange
from airloom.assistant.resolve import resolve
from airloom.assistant.understood import Condition, Understood
from airloom.ranking.candidates.filters import ProductFilter, matching_products

CANDIDATES: Final = 200
"""Products that the ranker orders: those that fit best, and of equal ones the most popular."""
PRICE: Final = "the price"


class _Retrieved(NamedTuple):
    """Products that meet what is left of the hard conditions.

    Attributes:
        rows: int32 [n], ascending.
        relaxed: What was left out.
    """

    rows: NDArray[np.int32]
    relaxed: tuple[str, ...]


def answer(
    parsed: ParsedRequest,
    graph: CatalogueGraph,
    *,
    scores_of: Callable[[NDArray[np.int32]], NDArray[np.float32]],
    count: int,
) -> AssistantAnswer:
    """Return the products that answer a request, from those on sale in the graph's snapshot.

    Products that meet more of the soft conditions come first, of equal ones those whose titles have more of
    the remaining words, and then the ranker decides.

    Args:
        parsed: The request.
        graph: Of the snapshot that is searched.
        scores_of: The user's own ranker: scores of candidates, float32 [C]; asked once, never for none.
        count: Products at most.
    """
    understood = resolve(parsed, graph)
    retrieved = _retrieve(understood, graph)
    rows = retrieved.rows
    fits = _fits(understood, rows, graph)
    order = np.lexsort((rows, -graph.snapshot.objects.popularity[rows], *-fits[::-1]))[:CANDIDATES]
    rows, fits = rows[order], fits[:, order]
    scores = scores_of(rows) if len(rows) else np.empty(0, np.float32)
    best = np.lexsort((rows, -scores, *-fits[::-1]))[:count]
    items = tuple(_item(int(rows[index]), float(scores[index]), understood, graph) for index in best.tolist())
    return AssistantAnswer(items, understood, retrieved.relaxed, len(retrieved.rows))


def _retrieve(understood: Understood, graph: CatalogueGraph) -> _Retrieved:
    """Leave conditions out until a product fits: any single one, the later first; then the price; then more.

    What is negated is never left out.
    """
    hard = [condition for condition in understood.conditions if condition.is_hard and not condition.negated]
    prices = understood.price_range
    relaxed: list[str] = []
    while True:
        rows = _matching(hard, prices, understood, graph)
        if len(rows) or not (hard or prices != PriceRange()):
            return _Retrieved(rows, tuple(relaxed))
        without_one = [(hard[:index] + hard[index + 1 :], condition) for index, condition in enumerate(hard)]
        for fewer, condition in reversed(without_one):
            if len(_matching(fewer, prices, understood, graph)):
                return _Retrieved(_matching(fewer, prices, understood, graph), (*relaxed, condition.text))
        if prices != PriceRange():
            prices = PriceRange()
            relaxed.append(PRICE)
        else:
            relaxed.append(hard.pop().text)


def _matching(
    hard: Sequence[Condition], prices: PriceRange, understood: Understood, graph: CatalogueGraph
) -> NDArray[np.int32]:
    negated = [condition.values for condition in understood.conditions if condition.negated]
    conditions = ProductFilter(
        all_of=[condition.values for condition in hard],
        none_of=np.concatenate(negated) if negated else None,
        low=prices.low,
        high=prices.high,
        without=[reference.row for reference in understood.references if reference.how is not How.WATCHED],
    )
    return matching_products(graph.snapshot, conditions)


def _fits(understood: Understood, rows: NDArray[np.int32], graph: CatalogueGraph) -> NDArray[np.float32]:
    """Return how many soft conditions each product meets, and how well its title fits, float32 [2, n]."""
    met = np.zeros(len(graph.snapshot.objects.ids), np.float32)
    for condition in understood.conditions:
        if not (condition.negated or condition.is_hard):
            having = [graph.snapshot.attributes.products(value) for value in condition.values.tolist()]
            met[np.unique(np.concatenate(having))] += 1
    words = graph.title_words.scores(understood.words, len(met))
    return np.stack([met[rows], words[rows]])


def _item(row: int, score: float, understood: Understood, graph: CatalogueGraph) -> Item:
    objects = graph.snapshot.objects
    wanted = [condition for condition in understood.conditions if not condition.negated]
    edges = [(condition.text, graph.edge_to(row, condition.values)) for condition in wanted]
    matched = tuple(Match(text, edge) for text, edge in edges if edge is not None)
    price = float(objects.prices[row])
    return Item(
        objects.ids[row],
        objects.titles[row],
        round(price, 4) if np.isfinite(price) else None,
        score,
        matched,
        tuple(text for text, edge in edges if edge is None),
        _reason(matched),
    )


def _reason(matched: Sequence[Match]) -> str:
    """Return what the catalogue says that meets conditions, each fact once."""
    facts = dict.fromkeys(f"{match.edge.relation.replace('_', ' ')}: {match.edge.value}" for match in matched)
    return "; ".join(facts) if facts else "Nothing in the catalogue says why; it is what suits you best."
