"""Reads requests in words and answers them from one snapshot; what fails costs the understanding only."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.assistant import answer
from airloom.assistant.clarify import clarification
from airloom.assistant.collaborative import Similarities
from airloom.assistant.currency import NO_RATES
from airloom.assistant.examples import ExampleRequest, example_requests
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.price_range import PriceRange
from airloom.assistant.stage_times import StageTimes
from airloom.assistant.turns import Constraints, understand
from airloom.assistant.understood import Understood
from airloom.logs.degradation import Degradation
from airloom.ranking.snapshot import Snapshot
from model_service.api.ask import AskRequest
from model_service.engine.answers import to_api_answer
from model_service.engine.assistant_model import AssistantModel
from model_service.engine.reason_wording import reasons_worded
from model_service.engine.request_reader import RequestReader, Source
from model_service.metrics import ASK_READ, ASK_STAGE_SECONDS

logger = logging.getLogger("airloom.service")


class Assistant:
    """Answers requests.

    Args:
        snapshot: What is searched.
        model: Reads requests first, and may word reasons; None for rules only.
        exchange_rates: What one unit of other currencies is in the shop's, by code.
    """

    def __init__(
        self, snapshot: Snapshot, model: AssistantModel | None, exchange_rates: Mapping[str, float] = NO_RATES
    ) -> None:
        self._rates = exchange_rates
        self._graph, self._model = CatalogueGraph(snapshot), model
        self._reader = RequestReader(self._graph, model)

    def example_requests(self) -> list[ExampleRequest]:
        """Return requests that show what an answer can hold, about products of the snapshot."""
        return example_requests(self._graph, self._reader.rules)

    def answer(
        self,
        request: AskRequest,
        *,
        scores_of: Callable[[NDArray[np.int32]], NDArray[np.float32]],
        similarities: Similarities | None,
        degraded: list[str],
    ) -> dict[str, Any]:
        """Return the fields of an `AskResponse` that are about the answer itself.

        Args:
            request: What is asked.
            scores_of: The user's ranker, see `airloom.assistant.assistant.answer`.
            similarities: Likewise.
            degraded: Gets a code if the request could not be read.
        """
        times = StageTimes()
        source: Source = "rules"
        queries = (*request.earlier, request.query)
        until = 0.0 if self._model is None else self._model.wait_until(request.deadline_ms)
        try:
            reading = self._reader.read(queries, until=until)
            times.end("parse")
            source = reading.source
            understood = understand(reading.turns, self._graph, _constraints(request), rates=self._rates)
            times.end("resolve")
            answered = answer(
                understood,
                self._graph,
                scores_of=scores_of,
                count=request.k,
                similarities=similarities,
                times=times,
            )
            clarify = clarification(answered, self._graph)
            if self._model is not None and self._model.words_reasons:
                items = reasons_worded(
                    answered.items,
                    queries,
                    model=self._model,
                    words=self._graph,
                    until=until,
                )
                answered = answered._replace(items=items)
                times.end("word")
        except Exception as error:  # noqa: BLE001 - whatever it is, what suits the user can be shown
            # the type only: the message may hold the request
            logger.error("A request in words was not understood: %s", type(error).__name__)  # noqa: TRY400
            degraded.append(Degradation.ASSISTANT)
            times = StageTimes()
            answered = answer(Understood(), self._graph, scores_of=scores_of, count=request.k, times=times)
            clarify = None
        for stage, seconds in times.seconds.items():
            ASK_STAGE_SECONDS.labels(stage).observe(seconds)
        milliseconds = {stage: round(seconds * 1000, 3) for stage, seconds in times.seconds.items()}
        ASK_READ.labels(source).inc()
        return {"source": source, "stage_ms": milliseconds, **to_api_answer(answered, clarify, self._graph)}


def _constraints(request: AskRequest) -> Constraints:
    return Constraints(
        tuple(_pair(value) for value in request.must),
        tuple(_pair(value) for value in request.must_not),
        PriceRange(request.min_price, request.max_price),
        frozenset(request.ignore),
    )


def _pair(text: str) -> tuple[str, str]:
    relation, _, value = text.partition(": ")
    return relation, value
