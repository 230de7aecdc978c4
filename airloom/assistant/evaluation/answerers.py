"""What answers the requests of an evaluation: the assistant, and controls in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.answer import AssistantAnswer
from airloom.assistant.assistant import answer
from airloom.assistant.evaluation.controls import BM25, EMBEDDING, Bm25, NearestDocument, documents_of
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.parsed_request import RequestParser
from airloom.assistant.stage_times import Stage, StageTimes
from airloom.assistant.turns import understand
from airloom.intents.encoding import TextEncoder


class Answered(NamedTuple):
    """What somebody answers to one request.

    Attributes:
        ids: Of products, the best first.
        assistant: The whole answer of an assistant; None of a control, which gives no reasons.
        seconds: Of each stage; of a control all of it is `rank`.
    """

    ids: tuple[str, ...]
    assistant: AssistantAnswer | None
    seconds: Mapping[Stage, float]


class RequestAnswerer(Protocol):
    """Answers requests."""

    def __call__(self, query: str, *, count: int, among: NDArray[np.int32] | None = None) -> Answered:
        """Return at most `count` products, of the rows `among` if they are given."""
        ...


class AssistantAnswerer:
    """The assistant as the service has it, for somebody of whom nothing is known: popularity ranks.

    Args:
        graph: Of the catalogue.
        parser: Reads the requests.
        waited: Seconds that reading took before, by request, for a parser of recorded replies.
    """

    def __init__(
        self, graph: CatalogueGraph, parser: RequestParser, waited: Mapping[str, float] | None = None
    ) -> None:
        self._graph, self._parser, self._waited = graph, parser, waited or {}

    def __call__(self, query: str, *, count: int, among: NDArray[np.int32] | None = None) -> Answered:
        """Return the products of the assistant's answer."""
        popularity = self._graph.snapshot.objects.popularity
        times = StageTimes()
        parsed = self._parser.parse(query)
        times.end("parse")
        times.seconds["parse"] += self._waited.get(query, 0.0)
        understood = understand([parsed], self._graph)
        times.end("resolve")
        answered = answer(
            understood, self._graph, scores_of=popularity.__getitem__, count=count, among=among, times=times
        )
        return Answered(tuple(item.object_id for item in answered.items), answered, times.seconds)


class ScoringControl:
    """Orders products by one score of the request's words; of equal ones the most popular is first.

    Args:
        graph: Of the catalogue.
        scores_of: Returns a score of each object for a request, float32 [O]; minus infinity leaves it out.
    """

    def __init__(self, graph: CatalogueGraph, scores_of: Callable[[str], NDArray[np.float32]]) -> None:
        self._snapshot, self._scores_of = graph.snapshot, scores_of
        self._last: tuple[str, NDArray[np.float32]] | None = None

    def __call__(self, query: str, *, count: int, among: NDArray[np.int32] | None = None) -> Answered:
        """Return the products of the highest scores."""
        times = StageTimes()
        objects = self._snapshot.objects
        rows = self._snapshot.products if among is None else among
        if self._last is None or self._last[0] != query:  # a request's lists follow it
            self._last = query, self._scores_of(query)
        scores = self._last[1][rows]
        order = np.lexsort((rows, -objects.popularity[rows], -scores))
        best = rows[order[scores[order] > -np.inf][:count]]
        times.end("rank")
        return Answered(tuple(objects.ids[row] for row in best.tolist()), None, times.seconds)


def document_controls(graph: CatalogueGraph, encoder: TextEncoder) -> dict[str, ScoringControl]:
    """Return the controls that compare the request's words with those of each product, by their names."""
    documents = documents_of(graph)
    return {
        BM25: ScoringControl(graph, Bm25(documents)),
        EMBEDDING: ScoringControl(graph, NearestDocument(documents, encoder)),
    }
