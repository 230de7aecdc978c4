"""Answers a request that is understood: retrieve what meets it, rank that for the user, say why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.answer import AssistantAnswer, Item, Match
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.graph.words import stems_of
from airloom.assistant.retrieval import retrieve
from airloom.assistant.stage_times import StageTimes
from airloom.assistant.understood import Understood

NO_REASON: Final = "Its place comes from the ranking only."
CANDIDATES: Final = 200
"""Products that the ranker orders: those that fit best, and of equal ones the most popular."""


def answer(
    understood: Understood,
    graph: CatalogueGraph,
    *,
    scores_of: Callable[[NDArray[np.int32]], NDArray[np.float32]],
    count: int,
    among: NDArray[np.int32] | None = None,
    times: StageTimes | None = None,
) -> AssistantAnswer:
    """Return the products that answer a request, from those on sale in the graph's snapshot.

    Products that meet more of the hard and then of the soft conditions come first, of equal ones those whose
    titles have more of the remaining words, and then the ranker decides.

    Args:
        understood: The request in terms of the graph.
        graph: Of the snapshot that is searched.
        scores_of: The user's own ranker: scores of candidates, float32 [C]; asked once, never for none.
        count: Products at most.
        among: int32 [n], rows of the only products that may answer; None for all.
        times: Notes how long each stage took, if it is given.
    """
    times = times or StageTimes()
    retrieved = retrieve(understood, graph, count=count, among=among)
    times.end("retrieve")
    rows = retrieved.rows
    fits = _fits(understood, rows, graph)
    order = np.lexsort((rows, -graph.snapshot.objects.popularity[rows], *-fits[::-1]))[:CANDIDATES]
    rows, fits = rows[order], fits[:, order]
    scores = scores_of(rows) if len(rows) else np.empty(0, np.float32)
    best = np.lexsort((rows, -scores, *-fits[::-1]))[:count]
    times.end("rank")
    items = tuple(_item(int(rows[index]), float(scores[index]), understood, graph) for index in best.tolist())
    times.end("explain")
    return AssistantAnswer(items, understood, retrieved.relaxed, retrieved.matching)


def _fits(understood: Understood, rows: NDArray[np.int32], graph: CatalogueGraph) -> NDArray[np.float32]:
    """Return how many hard and soft conditions each product meets, and how well its title fits, [3, n]."""
    met = np.zeros((2, len(graph.snapshot.objects.ids)), np.float32)
    for condition in understood.conditions:
        if not condition.negated:
            having = graph.snapshot.attributes.products_with(condition.values)
            met[0 if condition.is_hard else 1, having] += 1
    words = graph.title_words.scores(understood.words, met.shape[1])
    return np.stack([*met[:, rows], words[rows]])


def _item(row: int, score: float, understood: Understood, graph: CatalogueGraph) -> Item:
    objects = graph.snapshot.objects
    wanted = [condition for condition in understood.conditions if not condition.negated]
    edges = [(condition.text, graph.edge_to(row, condition.values)) for condition in wanted]
    matched = tuple(Match(text, edge) for text, edge in edges if edge is not None)
    price = float(objects.prices[row])
    words_in_title = set(understood.words).intersection(stems_of(objects.titles[row]))
    return Item(
        objects.ids[row],
        objects.titles[row],
        round(price, 4) if np.isfinite(price) else None,
        score,
        matched,
        tuple(text for text, edge in edges if edge is None),
        _reason(matched, words_in_title),
    )


def _reason(matched: Sequence[Match], words_in_title: Collection[str]) -> str:
    """Return what the catalogue says that meets conditions, each fact once; else why it is there at all."""
    facts = dict.fromkeys(f"{match.edge.relation.replace('_', ' ')}: {match.edge.value}" for match in matched)
    if facts:
        return "; ".join(facts)
    if words_in_title:
        return f"Its title has: {', '.join(sorted(words_in_title))}"
    return NO_REASON
