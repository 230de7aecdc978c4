"""Answers a request that is understood: retrieve what meets it, rank that for the user, say why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.answer import AssistantAnswer, Item, Match
from airloom.assistant.collaborative import COLLABORATIVE, Similarities, neighbor_scores
from airloom.assistant.graph.catalogue_graph import CatalogueGraph, Edge
from airloom.assistant.retrieval import retrieve
from airloom.assistant.stage_times import StageTimes
from airloom.assistant.understood import Neighborhood, Understood
from airloom.assistant.wishes import Wishes, is_wish

NO_REASON: Final = "Its place comes from the ranking only."
CANDIDATES: Final = 200
"""Products that the ranker orders: those that fit best, and of equal ones the most popular."""

ONLY_THE_WORD: Final = 0.5
"""What a product counts that has the word for a kind and is not of the kind."""


def answer(
    understood: Understood,
    graph: CatalogueGraph,
    *,
    scores_of: Callable[[NDArray[np.int32]], NDArray[np.float32]],
    count: int,
    among: NDArray[np.int32] | None = None,
    similarities: Similarities | None = None,
    times: StageTimes | None = None,
) -> AssistantAnswer:
    """Return the products that answer a request, from those on sale in the graph's snapshot.

    Products that meet more of the hard and then of the soft conditions come first, then those that are beside
    what is named, then those that the wishes speak for, and then the ranker decides.

    Args:
        understood: The request in terms of the graph.
        graph: Of the snapshot that is searched.
        scores_of: The user's own ranker: scores of candidates, float32 [C]; asked once, never for none.
        count: Products at most.
        among: int32 [n], rows of the only products that may answer; None for all.
        similarities: Of the user's own ranker, if it has vectors of ids.
        times: Notes how long each stage took, if it is given.
    """
    times = times or StageTimes()
    retrieved = retrieve(understood, graph, count=count, among=among)
    times.end("retrieve")
    soft = _Soft(
        Wishes.of(understood, graph),
        tuple((own, neighbor_scores(own, graph, similarities)) for own in understood.neighborhoods),
    )
    rows = retrieved.rows
    fits = _fits(understood, soft, rows, graph)
    order = np.lexsort((rows, -graph.snapshot.objects.popularity[rows], *-fits[::-1]))[:CANDIDATES]
    rows, fits = rows[order], fits[:, order]
    scores = scores_of(rows) if len(rows) else np.empty(0, np.float32)
    best = np.lexsort((rows, -scores, *-fits[::-1]))[:count]
    times.end("rank")
    items = tuple(
        _item(int(rows[index]), float(scores[index]), understood, soft, graph) for index in best.tolist()
    )
    times.end("explain")
    return AssistantAnswer(items, understood, retrieved.relaxed, retrieved.matching)


class _Soft(NamedTuple):
    """What ranks products and leaves none out: wishes, and neighborhoods with a score of each object."""

    wishes: Wishes
    neighborhoods: tuple[tuple[Neighborhood, NDArray[np.float32]], ...]


def _fits(
    understood: Understood, soft: _Soft, rows: NDArray[np.int32], graph: CatalogueGraph
) -> NDArray[np.float32]:
    """Return how many hard and soft conditions each product meets, how near it is, and its wishes, [4, n].

    A soft condition that is a wish is among the wishes: its words may stand elsewhere. What is not of a kind
    that is asked for, and only has the word, meets it by half: who wants mattresses does not mean a stain
    remover for mattresses first.
    """
    attributes = graph.snapshot.attributes
    met = np.zeros((2, len(graph.snapshot.objects.ids)), np.float32)
    for condition in understood.conditions:
        if not condition.negated and not is_wish(condition, graph):
            own, kinds = met[0 if condition.is_hard else 1], graph.kinds(condition.values)
            own[attributes.products_with(condition.values)] += ONLY_THE_WORD if len(kinds) else 1
            own[attributes.products_with(kinds)] += 1 - ONLY_THE_WORD
    near = np.zeros(len(rows), np.float32)
    for _, scores in soft.neighborhoods:
        near += scores[rows]
    return np.stack([*met[:, rows], near, soft.wishes.scores(graph)[rows]])


def _item(row: int, score: float, understood: Understood, soft: _Soft, graph: CatalogueGraph) -> Item:
    objects = graph.snapshot.objects
    wanted = [condition for condition in understood.conditions if not condition.negated]
    edges = [(condition, graph.edge_to(row, condition.values)) for condition in wanted]
    of_conditions = [
        Match(
            condition.text, edge, dict(condition.said_by).get(edge.value, ""), graph.category_path(row, edge)
        )
        for condition, edge in edges
        if edge is not None
    ]
    beside = [
        Match(own.text, Edge(own.beside, own.name, COLLABORATIVE, round(float(scores[row]), 4)))
        for own, scores in soft.neighborhoods
        if scores[row] > 0
    ]
    matched = (*of_conditions, *beside, *soft.wishes.matches(row, of_conditions, graph))
    price = float(objects.prices[row])
    return Item(
        objects.ids[row],
        objects.titles[row],
        round(price, 4) if np.isfinite(price) else None,
        score,
        matched,
        tuple(condition.text for condition, edge in edges if edge is None and condition.is_hard),
        _reason(matched),
    )


def _reason(matched: Sequence[Match]) -> str:
    """Return what meets conditions and wishes, each fact once; else why the product is there at all."""
    facts = dict.fromkeys(match.fact for match in matched)
    return "; ".join(facts) if facts else NO_REASON
