"""The assistant on a set of requests: with a language model or by rules, beside controls in its place."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from airloom.assistant.assistant_settings import AssistantSettings
from airloom.assistant.evaluation.answerers import (
    AssistantAnswerer,
    RequestAnswerer,
    ScoringControl,
    document_controls,
)
from airloom.assistant.evaluation.comparison import ASSISTANT, RULES, AnswererComparison, compare
from airloom.assistant.evaluation.controls import MentionedValues, by_popularity
from airloom.assistant.evaluation.evaluate import Evaluation, evaluate
from airloom.assistant.evaluation.model_replies import model_replies
from airloom.assistant.evaluation.model_use import model_use
from airloom.assistant.evaluation.request_case import RequestSet
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.recorded_parser import RecordedParser
from airloom.assistant.parsing.rules import RulesParser
from airloom.intents.encoding import TextEncoder
from airloom.ranking.evaluation.intervals import Resampling


class ServedModel(NamedTuple):
    """A language model that reads the requests.

    Attributes:
        settings: As the service reads them.
        replies: The file that keeps its replies.
    """

    settings: AssistantSettings
    replies: Path


def benchmark(
    requests: RequestSet, encoder: TextEncoder, model: ServedModel | None, resampling: Resampling
) -> AnswererComparison:
    """Return what the assistant and the controls are worth; with a model, rules are one of them.

    Args:
        requests: What is asked.
        encoder: Of the control that compares embeddings.
        model: Reads requests within its deadline, and rules read the others; None for rules only.
        resampling: How intervals are computed.

    Raises:
        AirloomError: The model cannot be asked; see `model_replies`.
    """
    graph = CatalogueGraph(requests.snapshot)
    by_rules = AssistantAnswerer(graph, RulesParser(graph))
    answerers: dict[str, RequestAnswerer] = {
        ASSISTANT if model is None else RULES: by_rules,
        "mentions": ScoringControl(graph, MentionedValues(graph)),
        **document_controls(graph, encoder),
        "popularity": ScoringControl(graph, lambda _: by_popularity(graph)),
    }
    evaluations = {} if model is None else {ASSISTANT: _with_model(requests, graph, model)}
    evaluations |= {name: evaluate(requests, answerer, name=name) for name, answerer in answerers.items()}
    return compare(requests.cases, evaluations, resampling)


def _with_model(requests: RequestSet, graph: CatalogueGraph, model: ServedModel) -> Evaluation:
    replies = model_replies([case.query for case in requests.cases], model.settings, model.replies)
    parser = RecordedParser({query: reply.text for query, reply in replies.items()}, graph)
    waited = {query: reply.seconds for query, reply in replies.items()}
    evaluation = evaluate(requests, AssistantAnswerer(graph, parser, waited), name=ASSISTANT)
    use = model_use(requests.cases, replies, parser.by_rules)
    return evaluation._replace(metrics={**evaluation.metrics, **use})
