from __future__ import annotations

import numpy as np
import pytest

from airloom.assistant.evaluation.answerers import Answered, AssistantAnswerer
from airloom.assistant.evaluation.evaluate import (
    ALL_STAGES,
    CONDITIONS,
    CORRECTED,
    HIT,
    OUTSIDE,
    RECALL,
    RELAXED,
    UNSUPPORTED,
    evaluate,
)
from airloom.assistant.evaluation.request_case import RequestSet
from airloom.assistant.evaluation.request_files import read_requests
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.rules import RulesParser
from tests.airloom.assistant.evaluation.small_requests import write_requests


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> RequestSet:
    return read_requests(write_requests(tmp_path_factory.mktemp("requests") / "films"), split="test")


def test_the_assistant_over_requests_about_films(films: RequestSet) -> None:
    graph = CatalogueGraph(films.snapshot)
    evaluation = evaluate(films, AssistantAnswerer(graph, RulesParser(graph)), name="assistant")
    metrics = {name: values.tolist() for name, values in evaluation.metrics.items()}
    nan = pytest.approx(np.nan, nan_ok=True)
    assert metrics[RECALL] == [1.0, 1.0, 1.0, nan]
    assert metrics[HIT] == [1.0, 1.0, 1.0, nan]
    assert metrics["accuracy random"] == [nan, 1.0, nan, nan]
    assert metrics["accuracy hard"] == [nan, 1.0, nan, nan]
    assert metrics[CONDITIONS] == [1.0, 1.0, nan, nan]
    assert metrics[CORRECTED] == [0.0, 0.0, 0.0, 1.0]
    assert metrics[RELAXED] == metrics[OUTSIDE] == metrics[UNSUPPORTED] == [0.0] * 4
    assert all(len(seconds) == 4 for seconds in evaluation.seconds.values())
    stages = [seconds for stage, seconds in evaluation.seconds.items() if stage != ALL_STAGES]
    assert np.sum(stages, axis=0) == pytest.approx(evaluation.seconds[ALL_STAGES])


def test_a_product_that_the_catalogue_does_not_have_is_counted_and_a_choice_that_is_not_made_is_wrong(
    films: RequestSet,
) -> None:
    def made_up(query: str, *, count: int, among: object = None) -> Answered:
        ids = ("nowhere", "1") if among is None else ()
        return Answered(ids[:count], None, {"rank": 0.0})

    metrics = evaluate(films, made_up, name="made up").metrics
    assert metrics[OUTSIDE].tolist() == [0.5] * 4
    assert metrics[HIT].tolist()[:3] == [0.0] * 3
    assert metrics[RECALL].tolist()[:3] == [0.5, 0.5, 0.0]
    assert metrics["accuracy random"].tolist()[1] == 0.0
    assert np.isnan(metrics[CORRECTED]).all()
