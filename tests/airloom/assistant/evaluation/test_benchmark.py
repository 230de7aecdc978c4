"""The assistant with a model is judged beside the same assistant by rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from airloom.assistant.evaluation.benchmark import ServedModel, benchmark
from airloom.assistant.evaluation.comparison import ALL, ASSISTANT, RULES, AnswererComparison
from airloom.assistant.evaluation.evaluate import RECALL
from airloom.assistant.evaluation.model_replies import DEADLINE, INVALID
from airloom.assistant.evaluation.model_use import BY_MODEL, TOKENS_IN, USD
from airloom.assistant.evaluation.request_case import RequestSet
from airloom.assistant.evaluation.request_files import read_requests
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.ranking.evaluation.intervals import Resampling
from tests.airloom.assistant.evaluation.reading_server import reading_server, settings_at
from tests.airloom.assistant.evaluation.small_requests import QUERIES, write_requests
from tests.airloom.llm.server.chat_server_double import ChatServerDouble

TEXTS = [query["query"] for query in QUERIES]
ALL_DRAMAS = json.dumps({"requests": [{"conditions": [{"text": "drama"}]}]})
"""A model that reads a wish for dramas in everything."""


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> RequestSet:
    return read_requests(write_requests(tmp_path_factory.mktemp("requests") / "films"), split="test")


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.fixture
def server() -> Iterator[ChatServerDouble]:
    with reading_server(ALL_DRAMAS).running() as double:
        yield double


def value(comparison: AnswererComparison, answerer: str, metric: str, where: str = ALL) -> float:
    [own] = [
        mean
        for mean in comparison.means
        if (mean.answerer, mean.where, mean.metric) == (answerer, where, metric)
    ]
    return own.estimate.mean


def test_a_model_that_reads_badly_is_shown_to_be_worse_than_rules(
    films: RequestSet, encoder: SentenceEncoder, server: ChatServerDouble, tmp_path: Path
) -> None:
    model = ServedModel(settings_at(server), tmp_path / "replies.jsonl")
    comparison = benchmark(films, encoder, model, Resampling(resamples=50))

    assert value(comparison, ASSISTANT, BY_MODEL) == 1.0
    assert value(comparison, RULES, RECALL) == 1.0
    assert value(comparison, ASSISTANT, RECALL) < 1.0
    [minus_rules] = [
        mean
        for mean in comparison.differences
        if (mean.answerer, mean.where, mean.metric) == (RULES, ALL, RECALL)
    ]
    assert minus_rules.estimate.mean == pytest.approx(value(comparison, ASSISTANT, RECALL) - 1.0)


def test_rules_read_what_the_model_does_not_and_the_reasons_are_counted(
    films: RequestSet, encoder: SentenceEncoder, server: ChatServerDouble, tmp_path: Path
) -> None:
    server.plans |= {TEXTS[0]: ["prose"], TEXTS[1]: ["max_tokens"], TEXTS[2]: ["hang"]}
    model = ServedModel(settings_at(server, deadline_ms=1500), tmp_path / "replies.jsonl")
    comparison = benchmark(films, encoder, model, Resampling(resamples=50))

    assert value(comparison, ASSISTANT, BY_MODEL) == 0.25
    assert value(comparison, ASSISTANT, INVALID) == 0.5
    assert value(comparison, ASSISTANT, DEADLINE) == 0.25
    assert value(comparison, ASSISTANT, DEADLINE, "implicit, 1 conditions") == 1.0
    assert value(comparison, ASSISTANT, RECALL) == 1.0  # rules read what has an answer
    assert value(comparison, ASSISTANT, TOKENS_IN) * 4 == server.tokens_in
    assert value(comparison, ASSISTANT, USD) > 0
    assert comparison.milliseconds[ASSISTANT]["parse"][2] > 1000  # the deadline was waited for
    assert comparison.milliseconds[RULES]["parse"][2] < 1000


def test_without_a_model_rules_are_the_assistant(films: RequestSet, encoder: SentenceEncoder) -> None:
    comparison = benchmark(films, encoder, None, Resampling(resamples=50))
    assert value(comparison, ASSISTANT, RECALL) == 1.0
    assert RULES not in comparison.milliseconds
